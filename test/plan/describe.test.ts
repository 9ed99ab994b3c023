// A program in numbers and as a table, from one made by hand.
import { describe, expect, test } from "vitest";
import { describeProgram, formatBytes, formatTable, programStats } from "../../src/plan/describe.ts";
import { ownedBytes, type Program } from "../../src/plan/program.ts";

const dispatch = (pipeline: number, flops: number) => ({
  pipeline,
  bindGroup: 0,
  paramsOffset: 0,
  workgroups: [1, 1, 1] as const,
  flops,
  bytes: 0,
});
const choice = (key: string, ways: string[], way: string, measured: boolean) => ({
  key,
  ways,
  rule: way,
  way,
  measured,
  start: 0,
  end: 1,
  assume: [],
});
const program: Program = {
  buffers: [
    { label: "a", bytes: 1000, kind: "transient" },
    { label: "b", bytes: 2048, kind: "transient" },
    { label: "c", bytes: 100, kind: "input" },
    { label: "d", bytes: 5 * 2 ** 20, kind: "external" },
    { label: "e", bytes: 2 ** 20, kind: "external" },
  ],
  pipelines: [
    { kernel: "elementwise_unary_numbers", variant: "tanh" },
    { kernel: "sgd", variant: "default" },
  ],
  bindGroups: [{ pipeline: 0, buffers: [0, 1] }],
  dispatches: [dispatch(0, 1e6), dispatch(1, 250_000), dispatch(0, 2e6)],
  uniforms: new Uint8Array(512),
  inputs: new Map(),
  outputs: new Map(),
  cuts: [2],
  notes: ["scan of 3 steps runs operation by operation: sort has no kernel by rows and elements"],
  choices: [
    choice("matmul", ["tall", "low"], "low", true),
    choice("softmax", ["rows"], "rows", false),
    choice("matmul", ["tall", "low"], "low", true),
    choice("matmul", ["tall", "low"], "tall", false),
  ],
};

test("numbers", () => {
  expect(programStats(program)).toEqual({
    dispatches: 3,
    submits: 2,
    pipelines: 2,
    bindGroups: 1,
    buffers: 4,
    bytes: 3660,
    externalBytes: 6 * 2 ** 20,
    flops: 3_250_000,
  });
  expect(ownedBytes(program)).toBe(3660);
});

test("the table", () => {
  expect(describeProgram(program).split("\n")).toEqual([
    "3 dispatches in 2 submits, 1 bind groups, 2 pipelines",
    "  kernel                            dispatches  MFLOP",
    "  elementwise_unary_numbers (tanh)           2   3.00",
    "  sgd                                        1   0.25",
    "4 buffers, 3.6 KiB; shared with the model 6.0 MiB",
    "  memory     buffers    bytes",
    "  transient        2  3.0 KiB",
    "  input            1    100 B",
    "  external         2  6.0 MiB",
    "  uniform          1    512 B",
    "  choice   way        by  times",
    "  matmul   low  measured      2",
    "  matmul  tall      rule      1",
    "scan of 3 steps runs operation by operation: sort has no kernel by rows and elements",
  ]);
  const plain = describeProgram({ ...program, cuts: [], notes: [], choices: program.choices.slice(1, 2) });
  expect(plain).toMatch(/^3 dispatches in 1 submit, /);
  expect(plain.split("\n")).toHaveLength(10);
  expect(plain).not.toContain("choice");
});

describe("formats", () => {
  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [2 ** 20 - 1, "1024.0 KiB"],
    [2 ** 20, "1.0 MiB"],
    [2 ** 30 - 1, "1024.0 MiB"],
    [2 ** 30, "1.00 GiB"],
    [2.5 * 2 ** 30, "2.50 GiB"],
  ])("%i bytes", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test("columns are as wide as their widest cell, and no line ends in blanks", () => {
    expect(
      formatTable(
        ["a", "b", "c"],
        [
          ["long", "1"],
          ["x", "1234", ""],
        ],
      ),
    ).toBe(["  a        b  c", "  long     1", "  x     1234"].join("\n"));
    expect(formatTable(["a"], [])).toBe("  a");
  });
});
