import { describe, expect, test } from "vitest";
import type { Slot } from "../../src/graph/lowering.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import { LaterKernels, LaterModule, MissingKernels, withKernels } from "../../src/kernels/later.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { adapterOf, hyper } from "./support.ts";

const context = () => new LoweringContext(adapterOf(), hyper);
const workgroups = [1] as const;

function slots(to: LoweringContext, count: number): Slot[] {
  return Array.from({ length: count }, (_, i) => to.temporary([8], "float32", `slot ${i}`));
}

describe("dispatch", () => {
  test("takes one buffer for two reads", () => {
    const to = context();
    const [x, y] = slots(to, 2) as [Slot, Slot];
    const params = { size: 4, a_stride: 1, b_stride: 1 };
    to.dispatch({
      kernel: kernels.elementwise_binary,
      variant: "add",
      bind: { a: x, b: { ...x, offset: 4 }, y },
      params,
      workgroups,
    });
    expect(to.dispatches).toHaveLength(1);
    expect(to.dispatches[0]?.params).toMatchObject({ a_offset: 0, b_offset: 4, y_offset: 0 });
  });

  test("refuses a buffer that is written and bound again, whatever the offsets and the order", () => {
    const to = context();
    const [x, z] = slots(to, 2) as [Slot, Slot];
    const params = { size: 4, a_stride: 1, b_stride: 1 };
    for (const bind of [
      { a: x, b: z, y: { ...x, offset: 4 } },
      { a: z, b: x, y: x },
    ]) {
      expect(() =>
        to.dispatch({ kernel: kernels.elementwise_binary, variant: "add", bind, params, workgroups }),
      ).toThrow(/elementwise_binary.wgsl: buffer slot 0 \[8\] is written and bound again as y/);
    }
    // two outputs in one buffer
    expect(() =>
      to.dispatch({
        kernel: kernels.sgd,
        bind: { parameter: x, velocity: x, gradient: z, hyper: to.hyper, guard: z },
        params: {},
        workgroups,
      }),
    ).toThrow(/sgd.wgsl: buffer .* is written and bound again as velocity/);
    expect(to.dispatches).toHaveLength(0);
  });

  test("refuses a missing slot", () => {
    const to = context();
    const [x] = slots(to, 1) as [Slot];
    expect(() =>
      to.dispatch({ kernel: kernels.elementwise_unary_numbers, bind: { x }, params: {}, workgroups }),
    ).toThrow("elementwise_unary.wgsl: no slot for y");
  });

  test("of a kernel that has yet to be fetched is left out, and the kernel noted", async () => {
    let fetched = 0;
    const later = new LaterKernels(async () => {
      fetched++;
      return { fill: kernels.fill };
    });
    const lowered = () => {
      const to = context();
      const [y] = slots(to, 1) as [Slot];
      for (const value of [1, 2]) {
        to.dispatch({ kernel: later.handle("fill"), bind: { y }, params: { size: 8, value }, workgroups });
      }
      return to;
    };
    const first = lowered();
    expect([...first.missing]).toEqual([later]);
    expect(first.dispatches).toEqual([]);
    await later.load();
    await later.load();
    expect(fetched).toBe(1);
    const { missing, dispatches } = lowered();
    expect(missing.size).toBe(0);
    expect(dispatches).toMatchObject([{ kernel: "fill" }, { kernel: "fill" }]);
  });

  test("is told where its kernel cannot be fetched, and may be tried again", async () => {
    let fails = true;
    const later = new LaterKernels(async () => {
      if (fails) throw new TypeError("no network");
      return { fill: kernels.fill };
    });
    const plan = () => {
      const { name, manifest, missing } = later.handle("fill");
      if (missing) throw new MissingKernels([missing]);
      return `${name} ${manifest?.file}`;
    };
    await expect(withKernels(plan)).rejects.toMatchObject({
      name: "KernelError",
      message: expect.stringMatching(/^kernels: .*cannot be fetched \(no network\), expected .*; deploy all files/),
    });
    fails = false;
    await expect(withKernels(plan)).resolves.toBe("fill kernels/elementwise/fill.wgsl");
    await expect(withKernels(() => Promise.reject(new Error("own")))).rejects.toThrow("own");
  });

  test("a module that a trace needs is fetched before, where it is wanted; else the trace is begun again", async () => {
    for (const [isWanted, expected] of [
      [true, 1],
      [false, 2],
    ] as const) {
      const later = new LaterModule(async () => ({ answer: 42 }));
      let calls = 0;
      const trace = () => {
        calls++;
        return later.needed.answer;
      };
      expect(trace).toThrow("yet to be fetched");
      calls = 0;
      if (isWanted) later.want();
      await expect(withKernels(trace)).resolves.toBe(42);
      expect(calls).toBe(expected);
      later.want();
      await expect(withKernels(trace)).resolves.toBe(42);
      expect(calls).toBe(expected + 1);
    }
  });
});

test("a tensor that no buffer can hold is refused with its size and a remedy", () => {
  expect(() => context().temporary([40, 2 ** 20], "float32", "gates")).toThrow(
    /plan: gates \[40, 1048576\] needs 160.0 MiB in one buffer, expected at most 128.0 MiB on this adapter; use a smaller batch/,
  );
});

test("a value without memory is named", () => {
  const to = context();
  expect(() => to.slot({ shape: [2], node: null } as never)).toThrow("placeholder [2] has no memory");
});

test("slots of one tensor start at multiples of four elements", () => {
  const to = context();
  const slot = to.temporary([3], "float32", "odd");
  expect(to.memory.buffers[slot.buffer]?.elements).toBe(4);
});
