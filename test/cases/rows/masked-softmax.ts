import { add, greater, mul, maskedSoftmax as ours, scan, type Value } from "../../../src/index.ts";
import { filled, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";

/** Shapes of x and of its mask: alike, rows that many share, runs of rows that share one, and what must be spread out. */
const SHAPES: readonly (readonly [x: readonly number[], mask: readonly number[], axis?: number])[] = [
  [[1], [1]],
  [[5], [5]],
  [
    [3, 1],
    [3, 1],
  ],
  [
    [3, 65],
    [3, 65],
  ],
  [[4, 33], [33]],
  [[70, 5], [5]],
  [
    [2, 3, 64],
    [3, 64],
  ],
  [
    [2, 3, 9],
    [2, 1, 9],
  ],
  [
    [2, 3, 4, 7],
    [2, 1, 1, 7],
  ],
  [
    [2, 3, 4, 7],
    [1, 3, 1, 7],
  ],
  [
    [2, 3, 4, 7],
    [2, 1, 4, 7],
  ],
  [
    [2, 1, 3, 7],
    [2, 1, 3, 7],
  ],
  [
    [5, 6],
    [5, 1],
  ],
  [[2, 3, 5], []],
  [[3, 129], [129]],
  [[1, 300], [300]],
  [[5, 4, 3], [4, 1], 1],
  [[65, 3], [65, 3], 0],
  [[6, 2, 3], [6, 1, 3], 0],
];

/** Some are left out, wherever the mask is not above 0. */
const maskOf = (shape: readonly number[], seed: number): NdArray => uniform(shape, seed, -0.6, 1);

const f = (axis?: number) =>
  pair(
    ([x, mask]) => ours(x, greater(mask as Value, 0), axis),
    ([x, mask]) => reference.maskedSoftmax(x, reference.greater(mask as NdArray, 0), axis),
  );

const broadcasts = opCase("maskedSoftmax", () => [
  ...SHAPES.map(
    ([shape, mask, axis], i): Check => ({
      label: `[${shape}] masked by [${mask}]${axis === undefined ? "" : ` along ${axis}`}`,
      inputs: [uniform(shape, i + 1, -3, 3), maskOf(mask, i + 40)],
      f: f(axis),
      tolerance: tolerance.softmax(shape[axis ?? shape.length - 1] as number),
      probes: 12,
    }),
  ),
  {
    label: "nothing left",
    inputs: [uniform([3, 70], 1, -3, 3), filled([70], -1)],
    f: f(),
    tolerance: tolerance.exact,
  },
  {
    label: "what is left out is larger by far",
    inputs: [uniform([4, 9], 2, -3, 3), maskOf([4, 9], 3)],
    f: pair(
      ([x, mask]) => {
        const there = greater(mask as Value, 0);
        return ours(add(x, mul(add(there, -1), -1e38)), there);
      },
      ([x, mask]) => reference.maskedSoftmax(x, reference.greater(mask as NdArray, 0)),
    ),
    tolerance: tolerance.softmax(9),
  },
]);

/** With the mask of each step, with one for all, and with scores that do not change. */
const insideScan = opCase("maskedSoftmax inside scan", () =>
  (["steps", "once", "mask alone"] as const).map((form): Check => {
    const inputs = [uniform([5, 2, 7], 1, -2, 2), maskOf([5, 2, 7], 2), uniform([2, 7], 3, -2, 2), maskOf([7], 4)];
    return {
      label: form,
      inputs,
      f: pair(
        ([xs, masks, x, mask]) => {
          const [, ys] = scan({ xs, masks: greater(masks as Value, 0) }, x as Value, (h, step) => {
            const scores = form === "mask alone" ? (x as Value) : step.xs;
            return [h, ours(scores, form === "once" ? greater(mask as Value, 0) : step.masks)];
          });
          return ys as Value;
        },
        ([xs, masks, x, mask]) => {
          const there = form === "once" ? (mask as NdArray) : (masks as NdArray);
          const scores = form === "mask alone" ? reference.broadcastTo(x as NdArray, [5, 2, 7]) : xs;
          return reference.maskedSoftmax(scores, reference.greater(there, 0));
        },
      ),
      tolerance: tolerance.softmax(7),
      probes: 8,
    };
  }),
);

export const maskedSoftmaxCases = [broadcasts, insideScan];
