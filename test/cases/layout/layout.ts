import { integers, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Program } from "../support/ops.ts";

/** Moves lose nothing: forward and, with few terms per sum, backward. */
const move = (label: string, shape: readonly number[], f: Program, ...more: (readonly number[])[]): Check => ({
  label,
  inputs: [shape, ...more].map((each, i) => uniform(each, 7 + i)),
  f,
  tolerance: tolerance.exact,
  gradients: tolerance.reduction(16),
});

const permutations = (rank: number): number[][] =>
  rank === 0
    ? [[]]
    : permutations(rank - 1).flatMap((order) =>
        Array.from({ length: rank }, (_, at) => [...order.slice(0, at), rank - 1, ...order.slice(at)]),
      );

export const layoutCases = [
  opCase("reshape", () => [
    move("to itself", [6], (o, [x]) => o.reshape(x, [6])),
    move("to rows", [6], (o, [x]) => o.reshape(x, [2, 3])),
    move("with -1", [2, 3, 4], (o, [x]) => [o.reshape(x, [-1, 4]), o.reshape(x, [4, -1]), o.reshape(x, [-1])]),
    move("to and from a scalar", [1, 1], (o, [x]) => o.reshape(o.reshape(x, []), [1])),
    move("twice", [65, 2], (o, [x]) => o.reshape(o.reshape(x, [2, 65]), [130])),
  ]),
  opCase("permute every order", () =>
    permutations(4).map((order) => move(`[${order}]`, [2, 3, 4, 5], (o, [x]) => o.permute(x, order))),
  ),
  opCase("permute and transpose", () => [
    move("65 × 63", [65, 63], (o, [x]) => o.transpose(x)),
    move("axes of 1", [1, 5, 1, 3], (o, [x]) => [o.permute(x, [2, 1, 0, 3]), o.permute(x, [3, 0, 1, 2])]),
    move("two after each other", [3, 4, 5], (o, [x]) => o.permute(o.permute(x, [2, 0, 1]), [1, 0, 2])),
    move("there and back", [3, 4, 5], (o, [x]) => o.permute(o.permute(x, [2, 0, 1]), [1, 2, 0])),
    move("axes of 1 among six", [2, 1, 3, 2, 2, 2], (o, [x]) => o.permute(x, [5, 3, 0, 1, 4, 2])),
    // no two stay side by side, so that none are moved as one
    move("six axes", [2, 3, 2, 3, 2, 2], (o, [x]) => o.permute(x, [3, 1, 4, 2, 0, 5])),
    move("named axes", [2, 3, 4], (o, [x]) => [o.transpose(x, 0, 1), o.transpose(x, 0, -1), o.transpose(x, -1, 1)]),
    {
      label: "int32",
      inputs: [integers([2, 3], [0, 1, 2, 3, 4, 1]), uniform([5, 2], 3)],
      f: (o, [indices, table]) => o.embedding(o.transpose(indices), table),
      tolerance: tolerance.exact,
      gradients: tolerance.reduction(4),
    },
  ]),
  opCase("moves in runs of four", () => [
    // vectors move where both sides have them; the neighbours of such shapes must not
    ...[
      [3, 5, 8],
      [3, 65, 4],
      [1, 5, 12],
      [3, 5, 6],
    ].map((shape) => move(`[${shape}]`, shape, (o, [x]) => [o.permute(x, [1, 0, 2]), o.flip(x, 0), o.flip(x, 2)])),
    move("of four axes", [2, 3, 5, 8], (o, [x]) => [o.permute(x, [2, 1, 0, 3]), o.permute(x, [0, 2, 1, 3])]),
    move("of five axes", [2, 1, 3, 2, 2, 4], (o, [x]) => o.permute(x, [4, 3, 0, 1, 2, 5])),
    move("of six axes", [2, 3, 2, 3, 2, 8], (o, [x]) => o.permute(x, [3, 1, 4, 2, 0, 5])),
    move("slices", [3, 16], (o, [x]) => [o.slice(x, 1, 4, 12), o.slice(x, 1, 2, 14), o.slice(x, 1, 4, 11)]),
    move("parts", [3, 8], (o, [x, y]) => [o.concat([x, y], 1), o.concat([y, x], 1)], [3, 6]),
    move("rows again and again", [8], (o, [x]) => o.broadcastTo(x, [5, 3, 8])),
  ]),
  opCase("permuted operands", () => [
    // operations pull a permutation of the leading axes out; the results must not show it
    move("unary", [3, 4, 5], (o, [x]) => o.abs(o.permute(x, [1, 0, 2]))),
    move(
      "both operands",
      [3, 4, 5],
      (o, [x, y]) => o.maximum(o.permute(x, [1, 0, 2]), o.permute(y, [1, 0, 2])),
      [3, 4, 5],
    ),
    move("one operand", [3, 4, 5], (o, [x, y]) => o.maximum(o.permute(x, [1, 0, 2]), y), [4, 3, 5]),
    move("and a row", [3, 4, 5], (o, [x, y]) => o.maximum(y, o.permute(x, [1, 0, 2])), [5]),
    move("and a row of more axes", [3, 4, 5], (o, [x, y]) => o.maximum(o.permute(x, [1, 0, 2]), y), [1, 1, 1, 5]),
    move("and a column", [3, 4, 5], (o, [x, y]) => o.maximum(o.permute(x, [1, 0, 2]), y), [3, 1]),
    move("stretched at its last axis", [3, 4, 1], (o, [x, y]) => o.maximum(o.permute(x, [1, 0, 2]), y), [5]),
    {
      label: "reductions, products and softmax",
      inputs: [uniform([3, 4, 5], 1), uniform([5, 2], 2)],
      f: (o, [x, w]) => {
        const p = o.permute(x, [1, 0, 2]);
        return [
          o.sum(p),
          o.mean(p, 0),
          o.sum(p, [1, 2]),
          o.mean(p, [0, 1]),
          o.matmul(p, w),
          o.softmax(p),
          o.softmax(p, 0),
        ];
      },
      tolerance: tolerance.softmax(60),
    },
    {
      label: "cross-entropy",
      inputs: [uniform([3, 4, 5], 1), integers([4, 3], [0, 1, 2, -1, 4, 4, 0, -1, 3, 2, 2, 1])],
      f: (o, [x, targets]) => o.crossEntropy(o.permute(x, [1, 0, 2]), targets),
      tolerance: tolerance.softmax(5),
    },
  ]),
  opCase("slice", () => [
    move("first axis: a view", [5, 3], (o, [x]) => [o.slice(x, 0, 1, 4), o.slice(x, 0, 4), o.slice(x, 0, 0, 1)]),
    move("last axis", [5, 7], (o, [x]) => [o.slice(x, 1, 2, 5), o.slice(x, -1, -3), o.slice(x, 1, 0, -1)]),
    move("middle axis", [3, 65, 2], (o, [x]) => [o.slice(x, 1, 1, 64), o.slice(x, 1, 64)]),
    move("whole", [4, 2], (o, [x]) => o.slice(x, 1, 0, 2)),
    move("of a slice", [6, 6], (o, [x]) => o.slice(o.slice(x, 0, 1, 5), 1, 2, 4)),
    move("overlapping", [9], (o, [x]) => [o.slice(x, 0, 0, 6), o.slice(x, 0, 3, 9)]),
  ]),
  opCase("concat and stack", () => [
    move("first axis", [2, 3], (o, [x, y]) => o.concat([x, y]), [5, 3]),
    move("last axis", [3, 2], (o, [x, y, z]) => o.concat([x, y, z], 1), [3, 65], [3, 1]),
    move("middle axis", [2, 1, 3], (o, [x, y]) => o.concat([x, y], -2), [2, 4, 3]),
    move("one value twice", [2, 3], (o, [x]) => o.concat([x, x], 1)),
    move("one value", [2, 3], (o, [x]) => o.concat([x], 0)),
    move("parts of one value", [64, 3], (o, [x]) => o.concat([o.slice(x, 0, 63), o.slice(x, 0, 0, 63)])),
    move("stack", [2, 3], (o, [x, y]) => [o.stack([x, y]), o.stack([x, y], 1), o.stack([x, y], -1)], [2, 3]),
    move("stack of scalars", [], (o, [x, y]) => o.stack([x, y]), []),
  ]),
  opCase("flip", () => [
    move("each axis", [3, 4, 5], (o, [x]) => [o.flip(x, 0), o.flip(x, 1), o.flip(x, 2), o.flip(x, -1)]),
    move("twice", [129], (o, [x]) => o.flip(o.flip(x, 0), 0)),
    move("one", [1, 3], (o, [x]) => o.flip(x, 0)),
    move("both", [65, 2], (o, [x]) => o.flip(o.flip(x, 0), 1)),
  ]),
  opCase("broadcastTo and full", () => [
    move("scalar", [], (o, [x]) => [o.broadcastTo(x, [5]), o.broadcastTo(x, [65, 3])]),
    move("leading", [5], (o, [x]) => o.broadcastTo(x, [3, 2, 5])),
    move("trailing", [3, 1], (o, [x]) => o.broadcastTo(x, [3, 65])),
    move("middle", [2, 1, 3], (o, [x]) => o.broadcastTo(x, [4, 2, 5, 3])),
    move("to itself", [2, 3], (o, [x]) => [o.broadcastTo(x, [2, 3]), o.broadcastTo(x, [1, 2, 3])]),
    move("full", [3], (o, [x]) => [o.maximum(x, o.full([129, 3], 0.25)), o.maximum(x, o.zeros([3]))]),
    move("full alone", [1], (o, [x]) => [x, o.full([65], -1.5), o.zeros([])]),
  ]),
];
