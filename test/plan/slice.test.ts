// The dispatches of one choice as a program of their own, to be timed.
import "../../src/kernels/generated/all.ts";
import { expect, test } from "vitest";
import { embedding, matmul, sum, tanh } from "../../src/index.ts";
import type { PlannedBuffer, Program } from "../../src/plan/program.ts";
import { sliceProgram, writtenBuffers } from "../../src/plan/slice.ts";
import { input, parameter, plan } from "./support.ts";

const dispatch = (pipeline: number, bindGroup: number) => ({
  pipeline,
  bindGroup,
  paramsOffset: 256 * bindGroup,
  workgroups: [1, 1, 1] as const,
  flops: 0,
  bytes: 0,
});

/** Buffers 0 to 4 in a chain; the first and the last are the model's, an input of lengths is beside them. */
const program: Program = {
  buffers: [
    { label: "weights", bytes: 64, kind: "external", external: { label: "weights", elements: 16 } },
    { label: "a", bytes: 32, kind: "transient" },
    { label: "lengths", bytes: 14, kind: "input" },
    { label: "b", bytes: 32, kind: "transient" },
    { label: "moments", bytes: 64, kind: "external", external: { label: "moments", elements: 16 } },
    { label: "never", bytes: 64, kind: "transient" },
  ],
  pipelines: [
    { kernel: "elementwise_unary_numbers", variant: "tanh" },
    { kernel: "elementwise_unary_numbers", variant: "exp" },
    { kernel: "copy_vectors", variant: "default" },
  ],
  bindGroups: [
    { pipeline: 0, buffers: [0, 1] },
    // made for another pipeline of the same kernel
    { pipeline: 0, buffers: [1, 3] },
    { pipeline: 0, buffers: [2, 4] },
  ],
  dispatches: [dispatch(0, 0), dispatch(1, 1), dispatch(1, 2), dispatch(1, 1), dispatch(2, 0)],
  uniforms: new Uint8Array(1024),
  inputs: new Map([
    [
      "lengths",
      {
        buffer: 2,
        offset: 1,
        shape: [2],
        dtype: "int32",
        ranges: [
          { what: "w", maximum: 9, remedy: "r" },
          { what: "w", maximum: 7, remedy: "r" },
        ],
      },
    ],
    ["free", { buffer: 3, offset: 0, shape: [8], dtype: "float32" }],
  ]),
  outputs: new Map([["y", { buffer: 3, offset: 0, shape: [8], dtype: "float32" }]]),
  cuts: [1, 2, 3, 4],
  choices: [],
  notes: [],
};

const cut = (start: number, end: number, assume: Parameters<typeof sliceProgram>[1]["assume"] = []) =>
  sliceProgram(program, { start, end, assume });

test("has what its dispatches use, in new numbers, and their own cuts", () => {
  const slice = cut(1, 4);
  expect(slice.pipelines).toEqual([program.pipelines[1], program.pipelines[0]]);
  expect(slice.bindGroups).toEqual([
    { pipeline: 1, buffers: [0, 1] },
    { pipeline: 1, buffers: [2, 3] },
  ]);
  expect(slice.dispatches.map(({ pipeline, bindGroup, paramsOffset }) => [pipeline, bindGroup, paramsOffset])).toEqual([
    [0, 0, 256],
    [0, 1, 512],
    [0, 0, 256],
  ]);
  expect(slice.buffers.map(({ label }) => label)).toEqual(["a", "b", "lengths", "moments"]);
  // those at its ends are no cuts
  expect(slice.cuts).toEqual([1, 2]);
  expect(cut(1, 2).cuts).toEqual([]);
  expect([slice.inputs.size, slice.outputs.size, slice.choices.length]).toEqual([0, 0, 0]);
  expect(slice.uniforms).toBe(program.uniforms);
});

test("reads the model's memory, but writes none of it", () => {
  const [weights, a] = cut(0, 1).buffers;
  expect(weights).toBe(program.buffers[0]);
  expect(a).toBe(program.buffers[1]);
  expect(cut(2, 3).buffers[1]).toEqual({ label: "moments", bytes: 64, kind: "transient" });
  expect([...writtenBuffers(program, program.bindGroups.slice(1))]).toEqual([3, 4]);
});

test("integers hold the largest valid value, or what is said of them, within their slot", () => {
  const dataOf = ({ buffers }: Program, at: number) => {
    const { data } = buffers[at] as Required<PlannedBuffer>;
    return [...new Int32Array(data.slice().buffer)];
  };
  const [lengths] = cut(2, 3).buffers;
  expect(lengths).toMatchObject({ label: "lengths", bytes: 14, kind: "input" });
  // 14 bytes are four words
  expect(dataOf(cut(2, 3), 0)).toEqual([0, 7, 7, 0]);
  const said = cut(2, 3, [
    { buffer: 2, offset: 2, size: 2, value: 5 },
    { buffer: 4, offset: 0, size: 16, value: 3 },
    { buffer: 5, offset: 0, size: 16, value: 1 },
  ]);
  expect(dataOf(said, 0)).toEqual([0, 7, 5, 5]);
  // also where the model's own memory would be read
  expect(said.buffers[1]).toMatchObject({ label: "moments", kind: "transient" });
  expect(said.buffers[1]?.external).toBeUndefined();
  expect(dataOf(said, 1)).toEqual(new Array(16).fill(3));
});

test("of a whole plan: every dispatch binds as many buffers of the same sizes", () => {
  const [x, ids, table] = [input([8, 16]), input([8], "int32"), parameter([10, 16])];
  const whole = plan({ y: sum(tanh(matmul(x, parameter([16, 16])))), z: embedding(ids, table) }, [x, ids]);
  whole.dispatches.forEach((_, start) => {
    const { dispatches, bindGroups, buffers } = sliceProgram(whole, { start, end: start + 1, assume: [] });
    const group = whole.bindGroups[whole.dispatches[start]?.bindGroup as number];
    expect(dispatches).toHaveLength(1);
    expect(bindGroups[0]?.buffers.map((i) => buffers[i]?.bytes)).toEqual(
      group?.buffers.map((i) => whole.buffers[i]?.bytes),
    );
  });
});
