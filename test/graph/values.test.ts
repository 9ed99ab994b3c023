// The smallest parts of the graph by themselves: shapes and their texts, element types, specs, values, modes.
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import { addOutput, apply, applyOne, shortcut } from "../../src/graph/apply.ts";
import { aShape } from "../../src/graph/arguments.ts";
import { InputValue } from "../../src/graph/leaves.ts";
import { isTraining, traceIn } from "../../src/graph/mode.ts";
import { dependentsOf, olderThan, reachableLeaves, reachableNodes } from "../../src/graph/order.ts";
import { Parameter } from "../../src/graph/parameter.ts";
import {
  bytesPerElement,
  checkShape,
  float32,
  formatShape,
  int32,
  isFloat,
  perWord,
  positionOf,
  sameShape,
  sizeOf,
} from "../../src/graph/shape.ts";
import { type Node, nextValueId, type Op, Value } from "../../src/graph/value.ts";

describe("shapes", () => {
  test("sizes and positions", () => {
    expect([sizeOf([]), sizeOf([7]), sizeOf([2, 3, 4])]).toEqual([1, 7, 24]);
    expect(positionOf(0, [])).toEqual([]);
    expect([0, 3, 4, 23].map((i) => positionOf(i, [2, 3, 4]))).toEqual([
      [0, 0, 0],
      [0, 0, 3],
      [0, 1, 0],
      [1, 2, 3],
    ]);
  });

  test("are the same with all extents only", () => {
    expect(sameShape([], [])).toBe(true);
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    for (const other of [[2], [2, 4], [3, 2], [2, 3, 1], []]) {
      expect(sameShape([2, 3], other)).toBe(false);
      expect(sameShape(other, [2, 3])).toBe(false);
    }
  });

  test("of up to 16 axes are written whole", () => {
    expect(formatShape([])).toBe("[]");
    expect(formatShape(new Array(16).fill(2))).toBe(`[${new Array(16).fill(2).join(", ")}]`);
    expect(formatShape(new Array(17).fill(2))).toBe(`[${new Array(16).fill(2).join(", ")}, …] (17 axes)`);
  });

  test.each([["3"], [3], [undefined], [{ length: 1 }]])("%o is none", (shape) => {
    expect(() => checkShape("op", shape as never)).toThrow(ShapeError);
    expect(() => checkShape("op", shape as never)).toThrow(
      `op: shape is no array, got ${typeof shape}, expected positive integers; use [] for a scalar`,
    );
  });

  test("extents begin at 1, end at the largest exact integer, and have no holes", () => {
    for (const shape of [[], [1], [Number.MAX_SAFE_INTEGER]]) expect(() => checkShape("op", shape)).not.toThrow();
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    for (const shape of [[0], [2 ** 53], [, 2] as number[]]) expect(() => checkShape("op", shape)).toThrow(ShapeError);
  });
});

test("element types", () => {
  expect((["float32", "float16", "int32", "uint32"] as const).map((each) => bytesPerElement(each))).toEqual([
    4, 2, 4, 4,
  ]);
  expect((["float32", "float16", "int32", "uint32"] as const).map((each) => perWord(each))).toEqual([1, 2, 1, 1]);
  expect((["float32", "float16", "int32", "uint32"] as const).map((each) => isFloat(each))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe("specs", () => {
  test("have a default only where one is given, 0 included", () => {
    expect(float32([2])).toEqual({ shape: [2], dtype: "float32" });
    expect(float32([2])).not.toHaveProperty("default");
    expect(float32([2], { default: undefined })).not.toHaveProperty("default");
    expect(float32([2], { default: 0 })).toEqual({ shape: [2], dtype: "float32", default: 0 });
    expect(int32([], { default: -3 })).toEqual({ shape: [], dtype: "int32", default: -3 });
    expect(new InputValue("x", float32([2], { default: 0.5 })).default).toBe(0.5);
    expect(new InputValue("x", float32([2])).default).toBeUndefined();
  });

  test("keep a copy of the shape", () => {
    const shape = [2, 3];
    const [spec, parameter] = [float32(shape), new Parameter(shape, { kind: "constant", value: 0 })];
    shape[0] = 9;
    expect([spec.shape, parameter.shape]).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  test("defaults are numbers of the element type", () => {
    for (const fine of [2 ** 31 - 1, -(2 ** 31), 0]) expect(() => int32([1], { default: fine })).not.toThrow();
    for (const wrong of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN]) {
      expect(() => int32([1], { default: wrong })).toThrow(ArgumentError);
      expect(() => int32([1], { default: wrong })).toThrow(
        /^int32: default is .*, expected an integer from -2147483648/,
      );
    }
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, "0"]) {
      expect(() => float32([1], { default: wrong as number })).toThrow(/^float32: default is/);
    }
    for (const make of [float32, int32]) {
      expect(() => make([1], { defaults: 1 } as never)).toThrow(/no option defaults.*default/);
    }
  });

  test("inputs and parameters name themselves where an extent is wrong", () => {
    expect(() => new InputValue("x", { shape: [0], dtype: "float32" })).toThrow(/^input x: shape \[0\]/);
    expect(() => new Parameter([0], { kind: "constant", value: 0 })).toThrow(/^parameter: shape \[0\]/);
  });
});

describe("values", () => {
  const op: Op<number> = { name: "op", lower() {} };
  const half: Op<number> = { ...op, name: "half", givesFloat16: true };
  const x = new Value(float32([2]));

  test("ids grow, and inputs and outputs are known by name and in order", () => {
    type Several = { readonly one: Value; readonly none?: Value | undefined; readonly row: readonly Value[] };
    const many: Op<number, Several, Several> = { name: "many", lower() {} };
    const [next, z] = [nextValueId() + 1, new Value(float32([3]))];
    const specs = { one: float32([1]), none: undefined, row: [int32([2, 3])] };
    const { one, none, row } = apply(many, { one: x, none: undefined, row: [z, x] }, 7, specs);
    const [first] = row as [Value];
    expect([one.id, first.id, nextValueId()]).toEqual([next, next + 1, next + 2]);
    expect([one.rank, first.rank, first.dtype, none]).toEqual([1, 2, "int32", undefined]);
    expect(first.node).toMatchObject({ op: many, attributes: 7, operands: [x, z, x], results: [one, first] });
    expect(first.node?.inputs).toEqual({ one: x, row: [z, x] });
    expect([one.node, one.written, x.node, x.written]).toEqual([first.node, null, null, null]);
    const more = addOutput(first.node as Node, row, float32([4]));
    expect([first.node?.outputs.row, first.node?.results]).toEqual([
      [first, more],
      [one, first, more],
    ]);
  });

  test("are float16 only where the operation gives it", () => {
    const spec = { shape: [2], dtype: "float16" } as const;
    expect(applyOne(op, { x }, 0, spec).dtype).toBe("float32");
    expect(applyOne(half, { x }, 0, spec).dtype).toBe("float16");
    expect(applyOne(half, { x }, 0, float32([2])).dtype).toBe("float32");
    expect(applyOne(op, { x }, 0, int32([2])).dtype).toBe("int32");
  });

  test("a parameter in 16 bits is trained no more", () => {
    const parameter = new Parameter([2], { kind: "constant", value: 1 });
    expect([parameter.name, parameter.trainable, parameter.dtype]).toEqual(["parameter", true, "float32"]);
    parameter.half();
    expect([parameter.trainable, parameter.dtype]).toEqual([false, "float16"]);
  });

  test("a shortcut is computed one way and was written another", () => {
    const middle = applyOne(op, { x }, 1, float32([2]));
    const value = shortcut(applyOne(op, { x }, 3, float32([2])), op, { middle }, 2);
    expect(value.node?.inputs).toEqual({ x });
    expect(value.written).toMatchObject({ op, inputs: { middle }, attributes: 2, outputs: { y: value } });
    expect(reachableNodes([value])).toEqual([value.node]);
    const both = reachableNodes([value], new Set(), ({ node, written }) => [node, written]);
    expect(both).toHaveLength(3);
    expect(both[0]).toBe(middle.node);
  });

  test("what is older than a value's id is outside", () => {
    const first = nextValueId();
    const inside = applyOne(op, { x }, 1, float32([2]));
    expect([olderThan(first).has(x), olderThan(first).has(inside)]).toEqual([true, false]);
    expect(olderThan(first + 1).has(inside)).toBe(true);
    const top = applyOne(op, { inside }, 1, float32([2]));
    expect(reachableNodes([top], olderThan(inside.id + 1))).toEqual([top.node]);
    expect(reachableLeaves([top], olderThan(inside.id + 1))).toEqual([inside]);
    expect(reachableLeaves([x, top], olderThan(inside.id + 1))).toEqual([x, inside]);
  });

  test("dependents are what the sources reach, and the sources", () => {
    const y = new Value(float32([2]));
    const [a, b] = [applyOne(op, { x }, 1, float32([2])), applyOne(op, { y }, 1, float32([2]))];
    const both = applyOne(op, { b, a }, 1, float32([2]));
    const nodes = reachableNodes([both]);
    expect(dependentsOf(nodes, [x])).toEqual(new Set([x, a, both]));
    expect(dependentsOf(nodes, [y])).toEqual(new Set([y, b, both]));
    expect(dependentsOf(nodes, [])).toEqual(new Set());
  });
});

test("a trace's mode holds inside it, and the one before afterwards, also where tracing throws", () => {
  expect(isTraining()).toBe(false);
  const seen = traceIn(true, () => [isTraining(), traceIn(false, isTraining), isTraining()]);
  expect(seen).toEqual([true, false, true]);
  expect(isTraining()).toBe(false);
  const broken = () => {
    throw new Error("broken");
  };
  expect(() => traceIn(true, broken)).toThrow("broken");
  expect(isTraining()).toBe(false);
});

test("a shape is an array of integers from 1 on whose product 53 bits can count", () => {
  for (const shape of [[], [1], [2, 3], [2 ** 53 - 1], [2 ** 26, 2 ** 26]]) expect(aShape.fits(shape)).toBe(true);
  const wrong = [
    [0],
    [2, 0],
    [-1],
    [1.5],
    [Number.NaN],
    ["3"],
    [undefined],
    [2 ** 53],
    [2 ** 27, 2 ** 26],
    3,
    "34",
    null,
  ];
  for (const shape of wrong) expect(aShape.fits(shape), String(shape)).toBe(false);
});
