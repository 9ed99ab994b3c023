import { describe, expect, test } from "vitest";
import { DtypeError, ShapeError, UnsupportedError } from "../../src/errors.ts";
import type { InputValue } from "../../src/graph/leaves.ts";
import { reachableLeaves, reachableNodes } from "../../src/graph/order.ts";
import { broadcastShapes, float32, int32, normalizeAxis, stridesOf } from "../../src/graph/shape.ts";
import { flatten, unflatten } from "../../src/graph/tree.ts";
import { Value } from "../../src/graph/value.ts";
import { abs, add, gradients, matmul, mul, neg, sign, stopGradient, sum, tanh } from "../../src/index.ts";
import { input } from "../plan/support.ts";

describe("shapes", () => {
  test.each([
    [[], [], []],
    [[], [3], [3]],
    [[3, 1], [4], [3, 4]],
    [
      [2, 1, 4],
      [3, 1],
      [2, 3, 4],
    ],
  ])("%o and %o broadcast to %o", (a, b, shape) => {
    expect(broadcastShapes("add", a, b)).toEqual(shape);
    expect(broadcastShapes("add", b, a)).toEqual(shape);
  });

  test("shapes that do not broadcast are named with the axis", () => {
    expect(() => broadcastShapes("add", [2, 3], [4, 3])).toThrow(ShapeError);
    expect(() => broadcastShapes("add", [2, 3], [4, 3])).toThrow(
      "add: shapes [2, 3] and [4, 3] do not broadcast, expected equal extents or 1 at axis -2, got 2 and 4",
    );
  });

  test("axes count from either end", () => {
    expect([normalizeAxis("sum", 0, 3), normalizeAxis("sum", -1, 3), normalizeAxis("sum", -3, 3)]).toEqual([0, 2, 0]);
    for (const axis of [3, -4, 0.5, Number.NaN]) {
      expect(() => normalizeAxis("sum", axis, 3)).toThrow(
        `sum: axis ${axis} is out of range, expected -3 to 2 for rank 3`,
      );
    }
  });

  test("strides are row-major", () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    expect(stridesOf([])).toEqual([]);
  });

  test.each([[[0]], [[-1]], [[1.5]], [[3, Number.NaN]]])("extents %o are refused", (shape) => {
    expect(() => float32(shape)).toThrow(ShapeError);
    expect(() => int32(shape)).toThrow(/int32: shape .* has extent .*, expected positive integers/);
  });
});

describe("trees", () => {
  const [a, b, c] = [new Value(float32([1])), new Value(float32([2])), new Value(float32([3]))];

  test("flatten and unflatten keep form and order", () => {
    const tree = { x: a, list: [b, null, { y: c }], none: undefined };
    expect(flatten(tree)).toEqual([a, b, c]);
    expect(unflatten(tree, [c, a, b])).toEqual({ x: c, list: [a, null, { y: b }], none: undefined });
  });

  test("numbers are refused with the remedy", () => {
    expect(() => flatten([a, 1] as never)).toThrow(DtypeError);
    expect(() => flatten([a, 1] as never)).toThrow("scalar()");
  });
});

describe("order", () => {
  test("graphs far deeper than the stack are walked", () => {
    const x = input([2]);
    let y: Value = x;
    for (let i = 0; i < 50_000; i++) y = neg(add(y, x));
    const nodes = reachableNodes([y]);
    expect(nodes).toHaveLength(100_000);
    const seen = new Set<Value>([x]);
    for (const node of nodes) {
      expect(node.operands.every((each) => seen.has(each))).toBe(true);
      for (const output of node.results) seen.add(output);
    }
    expect(gradients(sum(y), [x])[0]?.shape).toEqual([2]);
  });

  test("leaves come in order of creation, a boundary counts as one", () => {
    const [x, y] = [input([2]), input([2])];
    const inner = mul(y, x);
    expect(reachableLeaves([tanh(inner)])).toEqual([x, y]);
    expect(reachableLeaves([add(tanh(inner), x)], new Set([inner]))).toEqual([x, inner]);
  });
});

describe("gradients", () => {
  const [x, y]: [InputValue, InputValue] = [input([3]), input([3])];

  test("are undefined where the loss does not depend", () => {
    expect(gradients(sum(tanh(x)), [y])).toEqual([undefined]);
    expect(gradients(sum(stopGradient(x)), [x])).toEqual([undefined]);
    expect(gradients(sum(mul(sign(x), 2)), [x])).toEqual([undefined]);
  });

  test("stop where asked: only the other factor counts", () => {
    const [gradient] = gradients(sum(mul(stopGradient(x), x)), [x]);
    const ops = reachableNodes([gradient as Value]).map(({ op }) => op.name);
    expect(ops).toContain("stopGradient");
    expect(ops).not.toContain("add");
  });

  test("of an intermediate value do not look behind it", () => {
    const middle = tanh(x);
    const [gradient] = gradients(sum(mul(middle, y)), [middle]);
    expect(reachableNodes([gradient as Value]).some(({ op }) => op.name === "unaryBackward")).toBe(false);
  });

  test("want a float32 scalar", () => {
    expect(() => gradients(x, [x])).toThrow(
      /gradients: loss is float32 of shape \[3\], expected a float32 scalar; reduce/,
    );
  });

  test("an operation without a gradient is named with the remedy", () => {
    const [first] = gradients(sum(abs(x)), [x]);
    expect(() => gradients(sum(first as Value), [x])).toThrow(UnsupportedError);
    expect(() => gradients(sum(first as Value), [x])).toThrow(
      /unaryBackward: has no gradient, expected .*stopGradient/,
    );
  });

  test("integers get none", () => {
    const indices = input([3], "int32");
    const weight = input([3, 3]);
    expect(gradients(sum(matmul(weight, weight)), [indices])).toEqual([undefined]);
  });
});
