// What inputs take from the host: which data, number by number, and which inputs.
import { describe, expect, test } from "vitest";
import { toTyped } from "../../src/gpu/host-data.ts";
import { ArgumentError, DataError, float32, int32, ShapeError } from "../../src/index.ts";
import { givenData, givenInputs } from "../../src/run/given.ts";

const [f, i] = [float32([2, 3]), int32([2, 3])];
const rows = (bad: unknown) => [
  [1, 2, 3],
  [4, bad, 6],
];

describe("nested arrays", () => {
  test.for<[what: string, bad: unknown]>([
    ["a fraction", 1.7],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["2³² + 1", 2 ** 32 + 1],
    ["2³¹", 2 ** 31],
    ["-2³¹ - 1", -(2 ** 31) - 1],
    ["a string", "5"],
    ["null", null],
    ["undefined", undefined],
    ["a flag", true],
    ["an object", { valueOf: () => 5 }],
    ["a symbol", Symbol("x")],
    ["a large bigint", 2n ** 31n],
  ])("int32 refuses %s with its position", ([, bad]) => {
    expect(() => toTyped("x", rows(bad), i)).toThrow(DataError);
    expect(() => toTyped("x", rows(bad), i)).toThrow(
      /^input x: got .* at \[1, 1\], expected an integer from -2147483648/,
    );
  });

  test.for<[what: string, bad: unknown]>([
    ["a string", "5"],
    ["null", null],
    ["undefined", undefined],
    ["a flag", true],
    ["a bigint", 5n],
    ["a symbol", Symbol("x")],
    ["what is too large", 1e39],
    ["what is too small", -1e39],
  ])("float32 refuses %s with its position", ([, bad]) => {
    expect(() => toTyped("x", rows(bad), f)).toThrow(DataError);
    expect(() => toTyped("x", rows(bad), f)).toThrow(/^input x: got .* at \[1, 1\], expected a number/);
  });

  test("take what is exact, up to the edges", () => {
    const edges = [
      [2 ** 31 - 1, -(2 ** 31), -0],
      [7n, 1e9, 0],
    ];
    expect(toTyped("x", edges, i)).toEqual(Int32Array.of(2147483647, -2147483648, 0, 7, 1e9, 0));
    expect(toTyped("x", rows(Number.NaN), f)).toEqual(Float32Array.of(1, 2, 3, 4, Number.NaN, 6));
    expect(toTyped("x", rows(-Infinity), f)).toEqual(Float32Array.of(1, 2, 3, 4, -Infinity, 6));
    expect(toTyped("x", rows(0.1), f)[4]).toBe(Math.fround(0.1));
    expect(toTyped("x", 2.5, float32([]))).toEqual(Float32Array.of(2.5));
    expect(() => toTyped("x", 2.5, int32([]))).toThrow(/got 2\.5, expected an integer/);
  });

  test("may have typed arrays as rows", () => {
    expect(toTyped("x", [Float32Array.of(1, 2, 3), [4, 5, 6]], f)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(toTyped("x", [Int32Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)], i)).toEqual(Int32Array.of(1, 2, 3, 4, 5, 6));
    expect(() => toTyped("x", [Float32Array.of(1, 2), [4, 5, 6]], f)).toThrow(/2 numbers at axis 1/);
    expect(() => toTyped("x", [Float32Array.of(1, 2, 3), [4, 5, 6]], i)).toThrow(/Float32Array, expected int32/);
    expect(() => toTyped("x", [Float32Array.of(1, 2, 3)], float32([1, 3, 1]))).toThrow(/3 numbers at axis 1/);
  });

  test.for<[what: string, data: unknown, ...parts: string[]]>([
    ["rows of unequal lengths", [[1, 2, 3], [4]], "1 entries at axis 1", "pad rows"],
    ["too few rows", [[1, 2, 3]], "1 entries at axis 0"],
    [
      "too deep ones",
      [
        [1, 2, [3]],
        [4, 5, 6],
      ],
      "1 entries at axis 2",
    ],
    ["too shallow ones", [1, 2], "1 at axis 1"],
    ["a number", 7, "7 at axis 0"],
    ["text", "abc", '"abc" at axis 0'],
    ["an object", { 0: [1, 2, 3], 1: [4, 5, 6] }, "an object at axis 0"],
    ["bytes", new ArrayBuffer(24), "a ArrayBuffer at axis 0"],
  ])("of another shape are refused: %s", ([, data, ...parts]) => {
    for (const spec of [f, i]) {
      expect(() => toTyped("x", data, spec)).toThrow(ShapeError);
      for (const part of parts) expect(() => toTyped("x", data, spec)).toThrow(part);
    }
  });
});

describe("typed arrays", () => {
  const numbers = [1, 2, 3, 4, 5, 6];

  test("of the input's own type are taken as they are", () => {
    for (const [data, spec] of [
      [Float32Array.from(numbers), f],
      [Int32Array.from(numbers), i],
    ] as const) {
      expect(toTyped("x", data, spec)).toBe(data);
    }
  });

  test("of other types are taken where they hold the same numbers", () => {
    for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Uint32Array, Float64Array]) {
      expect(toTyped("x", type.from(numbers), i)).toEqual(Int32Array.from(numbers));
    }
    for (const type of [BigInt64Array, BigUint64Array]) {
      expect(toTyped("x", type.from(numbers.map(BigInt)), i)).toEqual(Int32Array.from(numbers));
    }
    expect(
      toTyped(
        "x",
        Float64Array.from(numbers, (value) => value / 3),
        f,
      ),
    ).toEqual(Float32Array.from(numbers, (value) => value / 3));
  });

  test("are refused where they do not", () => {
    const refused = (data: object, spec: typeof f, part: string) => {
      expect(() => toTyped("x", data, spec)).toThrow(DataError);
      expect(() => toTyped("x", data, spec)).toThrow(part);
    };
    refused(Uint32Array.of(1, 2, 2 ** 31, 4, 5, 6), i, "got 2147483648 at [0, 2]");
    refused(BigInt64Array.of(1n, 2n, 3n, -(2n ** 40n), 5n, 6n), i, "at [1, 0]");
    refused(Float64Array.of(1, 2, 3, 4, 5, 1.5), i, "got 1.5 at [1, 2]");
    refused(Float64Array.of(1, 2, 3, 4, 5, 1e300), f, "got 1e+300 at [1, 2]");
    refused(Float32Array.from(numbers), i, "got Float32Array, expected int32 [2, 3]; convert it by Int32Array.from");
    refused(Int32Array.from(numbers), f, "got Int32Array, expected float32 [2, 3]; convert it by Float32Array.from");
    refused(new DataView(new ArrayBuffer(24)), f, "got DataView");
    refused(BigInt64Array.of(1n), f, "got BigInt64Array");
    expect(() => toTyped("x", Uint8Array.of(1), i)).toThrow(/got 1 numbers, expected 6 for int32 \[2, 3\]/);
  });
});

describe("defaults", () => {
  test("are part of a spec", () => {
    expect(float32([2], { default: 0.5 })).toEqual({ shape: [2], dtype: "float32", default: 0.5 });
    expect(int32([2], { default: -3 })).toEqual({ shape: [2], dtype: "int32", default: -3 });
    expect("default" in float32([2], { default: undefined })).toBe(false);
  });

  test.for([Number.NaN, Infinity, "0", null, 1n])("are numbers: %s is none", (value) => {
    for (const make of [float32, int32]) {
      expect(() => make([2], { default: value as number })).toThrow(ArgumentError);
    }
  });

  test("of int32 are int32", () => {
    for (const value of [1.5, 2 ** 31]) expect(() => int32([2], { default: value })).toThrow(/int32: default is/);
  });
});

describe("inputs by name", () => {
  const port = (more: object = {}) => ({ buffer: 0, offset: 0, shape: [2], dtype: "float32" as const, ...more });
  const inputs = new Map([
    ["tokens", port()],
    ["state.h", port({ default: 0 })],
    ["state.c", port({ default: 1 })],
    ["list.0", port({ default: 0 })],
  ]);
  const namesOf = (data: unknown, kept?: ReadonlySet<string>) => [...givenInputs("run", inputs, data, kept)];

  test("come in the program's order, and a default stands for what is left out", () => {
    const [h, c] = [[1, 2], Float32Array.of(3, 4)];
    // what is empty gives nothing, whether or not anything could be there
    expect(namesOf({ list: [[5, 6]], state: { h, c, feed: [] }, more: {}, tokens: [7, 8] })).toEqual([
      ["tokens", [7, 8]],
      ["state.h", h],
      ["state.c", c],
      ["list.0", [5, 6]],
    ]);
    for (const state of [undefined, null, {}, { h: undefined, c: null }]) {
      expect(namesOf({ tokens: 1, state })).toEqual([
        ["tokens", 1],
        ["state.h", undefined],
        ["state.c", undefined],
        ["list.0", undefined],
      ]);
    }
  });

  test("that are kept are not touched, whatever their default", () => {
    const kept = new Set(["state.h", "state.c", "tokens"]);
    expect(namesOf({}, kept).map(([name]) => name)).toEqual(["list.0"]);
    expect(namesOf({ state: { h: 1 } }, kept).map(([name]) => name)).toEqual(["state.h", "list.0"]);
  });

  test.for<[what: string, data: unknown, ...parts: string[]]>([
    ["nothing", undefined, "input tokens is missing", "default: 0"],
    ["not all", { state: { h: 1 } }, "input tokens is missing"],
    ["null", { tokens: null }, "input tokens is missing"],
    ["a misspelt one", { token: 1 }, "there is no input token", "tokens, state.h", "is it tokens?"],
    ["one more", { tokens: 1, labels: 2 }, "there is no input labels"],
    ["one more inside", { tokens: 1, state: { hidden: 2 } }, "there is no input state.hidden"],
    [
      "an array for a record",
      { tokens: 1, state: Float32Array.of(1) },
      "input state is a Float32Array",
      "state.h, state.c",
    ],
    ["a number for a record", { tokens: 1, state: 3 }, "input state is 3"],
    ["text", "abc", 'what is given is "abc"', "tokens"],
    ["an array", Float32Array.of(1), "what is given is a Float32Array"],
    ["a function", () => {}, "what is given is a function"],
  ])("are refused: %s", ([, data, ...parts]) => {
    expect(() => namesOf(data)).toThrow(DataError);
    for (const part of parts) expect(() => namesOf(data)).toThrow(part);
  });

  test("a single input has no name", () => {
    const single = new Map([["", port()]]);
    expect([...givenInputs("run", single, [1, 2])]).toEqual([["", [1, 2]]]);
    expect([...givenData({ op: "state", what: "tensor" }, single, 5)]).toEqual([["", 5]]);
  });
});
