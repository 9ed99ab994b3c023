import { describe, expect, test } from "vitest";
import { Parameter } from "../../src/graph/parameter.ts";
import type { Value } from "../../src/graph/value.ts";
import { embedding, mul, reshape, sum, tanh } from "../../src/index.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { describeProgram } from "../../src/plan/describe.ts";
import type { Program } from "../../src/plan/program.ts";
import { sliceProgram } from "../../src/plan/slice.ts";
import { assuming, rowSoftmax, rowSoftmaxKey } from "../run/tune/support.ts";
import { adapterOf, hyper, input, parameter } from "./support.ts";

const external = { label: "parameters", elements: 4096 };

function planned(outputs: Record<string, Value>, inputs: ReturnType<typeof input>[], measured?: [string, string][]) {
  return buildProgram({
    adapter: { ...adapterOf(), ...(measured ? { measured: new Map(measured) } : {}) },
    hyper,
    inputs,
    outputs,
    locate: (leaf) => (leaf instanceof Parameter ? { external, offset: 0 } : undefined),
  });
}

const kernelsOf = ({ dispatches, pipelines }: Program) => dispatches.map(({ pipeline }) => pipelines[pipeline]?.kernel);

describe("a choice", () => {
  const x = input([8, 4]);
  const y = rowSoftmax(x);
  const key = rowSoftmaxKey(8, 4);

  test("goes by the rule where nothing was measured, and by the measurement where it was", () => {
    expect(kernelsOf(planned({ y }, [x]))).toEqual(["softmax_parallel_forward"]);
    expect(kernelsOf(planned({ y }, [x], [[key, "thread"]]))).toEqual(["softmax_serial_forward"]);
    expect(kernelsOf(planned({ y }, [x], [[`${key} other`, "thread"]]))).toEqual(["softmax_parallel_forward"]);
  });

  test.for(["nonsense", "toString", ""])("falls back to the rule where the way %j is remembered", (way) => {
    const program = planned({ y }, [x], [[key, way]]);
    expect(kernelsOf(program)).toEqual(["softmax_parallel_forward"]);
    expect(program.choices).toMatchObject([{ key, way: "group", rule: "group", measured: false, start: 0, end: 1 }]);
  });

  test("is described with its way and why it was taken", () => {
    const large = input([8, 8]);
    const outputs = { y, twice: rowSoftmax(y), large: rowSoftmax(large) };
    const text = describeProgram(planned(outputs, [x, large], [[key, "thread"]]));
    expect(text).toMatch(/choice +way +by +times/);
    expect(text).toMatch(/row softmax 8 4 +thread +measured +2/);
    expect(text).toMatch(/row softmax 8 8 +group +rule +1/);
    expect(describeProgram(planned({ sum: sum(x) }, [x]))).not.toContain("choice");
  });
});

describe("a slice of a program", () => {
  test("binds what its dispatches bind, and writes no memory of the model's", () => {
    const [x, w] = [input([8, 4]), parameter([8, 4])];
    const y = rowSoftmax(w);
    const program = planned({ loss: sum(mul(y, x)), y }, [x]);
    const choice = program.choices[0] as Program["choices"][number];
    const { start } = choice;
    const slice = sliceProgram(program, choice);
    expect(kernelsOf(slice)).toEqual(["softmax_parallel_forward"]);
    expect(slice.bindGroups).toHaveLength(1);
    expect(slice.bindGroups[0]?.buffers.map((i) => slice.buffers[i]?.kind)).toEqual(["external", "output"]);
    expect(slice.buffers).toHaveLength(2);
    expect(slice.uniforms).toBe(program.uniforms);
    expect(slice.dispatches).toEqual([{ ...program.dispatches[start], pipeline: 0, bindGroup: 0 }]);
  });

  test("writes to memory of its own where the program writes to the model's", () => {
    const x = input([8, 8]);
    const gradients = { label: "gradients", elements: 64 };
    const program = buildProgram({
      adapter: adapterOf(),
      hyper,
      inputs: [x],
      outputs: {},
      destinations: [[rowSoftmax(x), { external: gradients, offset: 0 }]],
      locate: () => undefined,
    });
    const slice = sliceProgram(program, { start: 0, end: 1, assume: [] });
    expect(program.buffers.some((buffer) => buffer.external === gradients)).toBe(true);
    expect(slice.buffers.some((buffer) => buffer.external !== undefined)).toBe(false);
    expect(slice.buffers.find(({ label }) => label === "gradients")).toMatchObject({ kind: "transient", bytes: 256 });
  });

  test("fills indices with the largest valid one and leaves other inputs zeros", () => {
    const [table, tokens] = [input([7, 4]), input([5], "int32")];
    const program = planned({ y: embedding(tokens, table) }, [table, tokens]);
    const slice = sliceProgram(program, { start: 0, end: program.dispatches.length, assume: [] });
    const data = slice.buffers.flatMap(({ data }) => (data ? [[...new Int32Array(data.slice().buffer)]] : []));
    expect(data).toEqual([[6, 6, 6, 6, 6, 0, 0, 0]]);
  });

  test("holds what the choice assumes, in place of computed lengths", () => {
    const lengths = input([3], "int32");
    const program = planned({ y: assuming(reshape(lengths, [3]), 5) }, [lengths]);
    const [choice] = program.choices as [Program["choices"][number]];
    expect(choice.assume).toMatchObject([{ size: 3, value: 5 }]);
    const slice = sliceProgram(program, choice);
    const filled = slice.buffers.filter(({ data }) => data);
    expect(filled).toMatchObject([{ kind: "input", bytes: 16 }]);
    expect([...new Int32Array(filled[0]?.data?.slice().buffer as ArrayBuffer)]).toEqual([5, 5, 5, 0]);
    // whatever the buffer was: a model's is left alone
    const kept = { label: "state", elements: 8 };
    const stateful = buildProgram({
      adapter: adapterOf(),
      hyper,
      inputs: [],
      outputs: { y: assuming(lengths, 2) },
      locate: (leaf) => (leaf === lengths ? { external: kept, offset: 4 } : undefined),
    });
    const own = sliceProgram(stateful, stateful.choices[0] as Program["choices"][number]).buffers.find(
      ({ data }) => data,
    );
    expect(own).toMatchObject({ label: "state", kind: "transient", bytes: 32 });
    expect(own?.external).toBeUndefined();
    expect([...new Int32Array(own?.data?.slice().buffer as ArrayBuffer)]).toEqual([0, 0, 0, 0, 2, 2, 2, 0]);
  });

  test("has the pipelines of variants that share a bind group", () => {
    const x = input([8]);
    const base = planned({ y: tanh(x) }, [x]);
    const [dispatch] = base.dispatches as [Program["dispatches"][number]];
    const program: Program = {
      ...base,
      pipelines: [...base.pipelines, { kernel: "elementwise_unary_numbers", variant: "sigmoid" }],
      dispatches: [dispatch, { ...dispatch, pipeline: 1 }],
    };
    const slice = sliceProgram(program, { start: 1, end: 2, assume: [] });
    expect(slice.pipelines[slice.dispatches[0]?.pipeline as number]?.variant).toBe("sigmoid");
  });

  test("keeps the cuts inside it", () => {
    const x = input([8, 4]);
    const program = { ...planned({ a: sum(rowSoftmax(x)), b: rowSoftmax(x) }, [x]), cuts: [1, 2] };
    expect(program.dispatches.length).toBeGreaterThan(2);
    expect(sliceProgram(program, { start: 0, end: 3, assume: [] }).cuts).toEqual([1, 2]);
    expect(sliceProgram(program, { start: 1, end: 3, assume: [] }).cuts).toEqual([1]);
    expect(sliceProgram(program, { start: 1, end: 2, assume: [] }).cuts).toEqual([]);
  });
});
