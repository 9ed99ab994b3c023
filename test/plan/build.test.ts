import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { applyOne } from "../../src/graph/apply.ts";
import { InputValue } from "../../src/graph/leaves.ts";
import type { Slot } from "../../src/graph/lowering.ts";
import { float32 } from "../../src/graph/shape.ts";
import type { Op, Value } from "../../src/graph/value.ts";
import { add, matmul, mul, reshape, scalar, scan, slice, sum, tanh } from "../../src/index.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { programStats } from "../../src/plan/describe.ts";
import type { LoweringContext } from "../../src/plan/lowering.ts";
import type { PlannedBuffer, Program } from "../../src/plan/program.ts";
import { adapterOf, dispatchesOf, hyper, input, parameter, plan, planStep } from "./support.ts";

/** Every dispatch must bind existing buffers, and none that it writes twice. */
function check(program: Program): void {
  for (const { pipeline, bindGroup, paramsOffset, workgroups } of program.dispatches) {
    const group = program.bindGroups[bindGroup];
    expect(group?.pipeline).toBe(pipeline);
    for (const buffer of group?.buffers ?? []) expect(program.buffers[buffer]).toBeDefined();
    expect(paramsOffset % 256).toBe(0);
    expect(paramsOffset).toBeLessThan(program.uniforms.length);
    for (const count of workgroups) expect(count).toBeGreaterThan(0);
  }
}

describe("buildProgram", () => {
  test("a chain of operations takes two transient buffers, however long", () => {
    const x = input([100]);
    let y: Value = x;
    for (let i = 0; i < 20; i++) y = tanh(y);
    const program = plan({ y }, [x]);
    check(program);
    expect(program.dispatches).toHaveLength(20);
    expect(program.buffers.filter(({ kind }) => kind === "transient")).toHaveLength(2);
    // equal dispatches share their uniforms, and bind groups are as many as pairs of buffers
    expect(program.uniforms.length).toBe(256);
    expect(program.bindGroups.length).toBeLessThanOrEqual(4);
    expect(program.pipelines).toEqual([{ kernel: "elementwise_unary_vectors", variant: "tanh" }]);
  });

  test("shares memory among what is transient alone: inputs and outputs take none of it", () => {
    const [x, unread] = [input([100]), input([1000])];
    const sizes = ({ buffers }: Program) => buffers.flatMap(({ kind, bytes }) => (kind === "transient" ? [bytes] : []));
    expect(sizes(plan({ y: tanh(x) }, [x, unread]))).toEqual([]);
    expect(sizes(plan({ y: tanh(tanh(x)), z: add(x, parameter([100])) }, [x, unread]))).toEqual([400]);
    expect(programStats(plan({ y: tanh(x) }, [x])).bytes).toBe(400 + 400 + 256);
  });

  test("views cost nothing", () => {
    const x = input([4, 6]);
    const program = plan({ y: tanh(reshape(slice(x, 0, 1, 3), [12])) }, [x]);
    expect(program.dispatches).toHaveLength(1);
  });

  test("what no output needs is left out", () => {
    const x = input([4]);
    tanh(x);
    expect(plan({ y: add(x, 1) }, [x]).dispatches).toHaveLength(1);
  });

  test("outputs have memory of their own", () => {
    const x = input([4]);
    const y = tanh(x);
    const program = plan({ x, y, again: y, view: reshape(y, [2, 2]), z: tanh(y) }, [x]);
    const buffers = [...program.outputs.values()].map(({ buffer }) => program.buffers[buffer]?.kind);
    expect(buffers).toEqual(new Array(5).fill("output"));
    expect(program.outputs.get("x")?.buffer).not.toBe(program.inputs.get(x.name)?.buffer);
    expect(program.outputs.get("z")?.buffer).not.toBe(program.outputs.get("y")?.buffer);
    // one that is there under another name costs nothing; an input is copied
    expect(program.outputs.get("again")?.buffer).toBe(program.outputs.get("y")?.buffer);
    expect(program.dispatches).toHaveLength(3);
  });

  test("an input has the default that its spec declares, 0 too", () => {
    const inputs = [undefined, 0, 3].map(
      (value, i) => new InputValue(`x${i}`, { ...float32([2]), ...(value === undefined ? {} : { default: value }) }),
    );
    const ports = plan({}, inputs).inputs;
    expect([...ports.values()].map((port) => port.default)).toEqual([undefined, 0, 3]);
    expect("default" in (ports.get("x0") as object)).toBe(false);
  });

  test("values are looked at as soon as they are there, each once, inputs before all", () => {
    const x = input([4]);
    const y = tanh(x);
    const z = add(y, 1);
    const seen: [string, number][] = [];
    const look = (name: string) => (to: LoweringContext, slot: Slot) => {
      seen.push([name, to.dispatches.length]);
      expect(to.memory.buffers[slot.buffer]).toBeDefined();
    };
    const request = { adapter: adapterOf(), hyper, inputs: [x], outputs: { z }, locate: () => undefined };
    const late = mul(x, 2);
    const watch = [
      [z, look("z")],
      [y, look("y")],
      [x, look("x")],
      [late, look("late")],
    ] as const;
    const program = buildProgram({ ...request, watch });
    // what no dispatch reads is dropped, also where somebody looked at it
    expect(program.dispatches).toHaveLength(2);
    expect(seen.map(([name]) => name).filter((name) => name !== "late")).toEqual(["x", "y", "z"]);
    const at = new Map(seen);
    expect(seen).toHaveLength(4);
    expect(at.get("x")).toBe(0);
    expect(at.get("z")).toBeGreaterThan(at.get("y") as number);
    expect(buildProgram(request).dispatches).toHaveLength(2);
  });

  test("constants lie in one buffer with their data", () => {
    const x = input([]);
    const program = plan({ y: mul(add(x, scalar(2)), scalar(3)) }, [x]);
    const constants = program.buffers.filter(({ kind }) => kind === "constant");
    expect(constants).toHaveLength(1);
    const data = new Float32Array((constants[0] as Required<PlannedBuffer>).data.slice().buffer);
    expect([data[0], data[4]]).toEqual([2, 3]);
  });

  test("two inputs of one name, and inputs of another program, are refused", () => {
    const x = input([4]);
    expect(() => plan({ y: tanh(x) }, [x, x])).toThrow(/two inputs are named .*, expected distinct names/);
    expect(() => plan({ y: tanh(x) }, [])).toThrow(/input .* belongs to another program/);
  });

  test("what only stands for a step of a scan is refused outside of it", () => {
    const [xs, h0] = [input([5, 4]), input([4])];
    let escaped: Value | undefined;
    scan(xs as Value, h0 as Value, (h, x) => {
      escaped = x;
      return [add(h, x), null];
    });
    const action = () => plan({ y: tanh(escaped as Value) }, [xs, h0]);
    expect(action).toThrow(DataError);
    expect(action).toThrow("a value [4] of a scan's or checkpoint's function is used outside of it");
  });

  test("is lowered once more only where other ways are better together", () => {
    /** A product that the slow way computes at once, and another that it computes in so many seconds. */
    const lowered = (seconds: number) => {
      const x = input([4]);
      let count = 0;
      const cost = (pipeline: string, seconds: number) => ({ pipeline, seconds, compileSeconds: 1 });
      const op: Op<number, { readonly x: Value }> = {
        name: "op",
        lower({ inputs, outputs, attributes }, to) {
          count++;
          const ways = { quick: () => {}, slow: () => {} };
          const costs = { quick: cost("quick", 1e-3 / 200), slow: cost("slow", attributes / 200) };
          to.choose({ key: `${attributes}`, ways, rule: "slow", costs });
          to.alias(outputs.y, to.slot(inputs.x));
        },
      };
      const y = applyOne(op, { x: applyOne(op, { x }, 0, float32([4])) }, seconds, float32([4]));
      const { choices } = plan({ y }, [x]);
      return [count, choices.map(({ way }) => way)];
    };
    expect(lowered(2)).toEqual([4, ["quick", "quick"]]);
    expect(lowered(1e-4)).toEqual([2, ["slow", "slow"]]);
    const x = input([4]);
    let count = 0;
    const free: Op<null, { readonly x: Value }> = {
      name: "free",
      lower({ inputs, outputs }, to) {
        count++;
        to.choose({ key: "free", ways: { one: () => {}, two: () => {} }, rule: "two" });
        to.alias(outputs.y, to.slot(inputs.x));
      },
    };
    plan({ y: applyOne(free, { x }, null, float32([4])) }, [x]);
    expect(count).toBe(1);
  });

  test("long work is cut into several submits, short work is not", () => {
    const [a, b] = [input([512, 1024]), input([1024, 512])];
    let y: Value = a;
    for (let i = 0; i < 8; i++) y = matmul(matmul(y, b), a);
    const program = plan({ y }, [a, b]);
    const flops = program.dispatches.map((dispatch) => dispatch.flops);
    expect(programStats(program).flops).toBe(flops.reduce((sum, each) => sum + each));
    expect(program.cuts.length).toBeGreaterThan(1);
    expect(program.cuts.every((cut, i) => cut > (program.cuts[i - 1] ?? 0) && cut < program.dispatches.length)).toBe(
      true,
    );
    const [c, d] = [input([8, 8]), input([8, 8])];
    expect(plan({ y: matmul(c, d) }, [c, d]).cuts).toEqual([]);
  });

  test("a loop's bind groups and buffers do not grow with its length", () => {
    const at = (steps: number) => {
      // too many units for a workgroup
      const [xs, h0, w] = [input([steps, 3, 132]), input([3, 132]), parameter([132, 132])];
      const [, ys] = scan(xs as Value, h0 as Value, (h, x) => {
        const next = tanh(add(matmul(h, w), x));
        return [next, next];
      });
      return planStep(sum(mul(ys, ys)), [w, h0, xs], [xs, h0], "hardware");
    };
    const [short, long] = [at(16), at(64)];
    check(short);
    check(long);
    expect(long.bindGroups.length).toBe(short.bindGroups.length);
    expect(long.buffers.length).toBe(short.buffers.length);
    expect(long.pipelines).toEqual(short.pipelines);
    expect(dispatchesOf(long, "loop_") - dispatchesOf(short, "loop_")).toBe(2 * 48);
  });
});
