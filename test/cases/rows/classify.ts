import { filled, generator, integers, type NdArray, uniform } from "../../reference/array.ts";
import { scaled, tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";

/** Indices below `limit`, out of order, some twice, some negative. */
export function indices(shape: readonly number[], limit: number, seed: number, negative = 0.2): NdArray {
  const random = generator(seed);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return integers(
    shape,
    Array.from({ length: size }, () =>
      random() < negative ? -1 - Math.floor(3 * random()) : Math.floor(random() * limit),
    ),
  );
}

const lookUp = (shape: readonly number[], entries: number, features: number, negative = 0.2): Check => ({
  label: `[${shape}] of ${entries} × ${features}`,
  inputs: [indices(shape, entries, entries + shape.length, negative), uniform([entries, features], 3)],
  f: (o, [i, table]) => o.embedding(i, table),
  tolerance: tolerance.exact,
  gradients: tolerance.reduction(64),
});

/** What is computed is not checked: indices past the table's end, too, give zeros. */
const lookUpPast = (...sizes: Parameters<typeof lookUp>): Check => ({
  ...lookUp(...sizes),
  label: `past the end of ${sizes[1]} × ${sizes[2]}`,
  f: (o, [i, table]) => o.embedding(o.add(i, 2), table),
});

const ALONG = [[1], [3], [64], [65], [2, 33], [3, 129], [65, 5], [2, 3, 4], [1, 300]] as const;

export const classifyCases = [
  opCase("embedding, little to be looked up", () => [
    lookUp([1], 1, 1, 0),
    lookUp([5], 3, 4),
    lookUp([65], 7, 3),
    lookUp([3, 5], 64, 8),
    lookUp([2, 3, 4], 65, 5),
    lookUp([127], 512, 1),
    lookUp([1], 513, 1, 0),
    lookUp([5], 600, 4),
    lookUp([33], 65, 12),
    lookUp([4], 5, 65, 1),
    lookUp([], 5, 4, 0),
    lookUpPast([65], 7, 3),
    lookUpPast([65], 7, 8),
  ]),
  opCase("embedding, much to be looked up", () => [
    lookUp([4200], 60, 2),
    lookUp([4200], 65, 8),
    lookUp([600], 7, 36),
    lookUp([40], 600, 20),
    lookUp([65, 3], 513, 3),
    lookUp([7], 1000, 65, 1),
    // around blocks of 64 positions and words of 32 blocks
    ...[63, 64, 65, 128, 129, 2047, 2048, 2049, 4200].map((n) => lookUp([n], 700, 2)),
    lookUpPast([2049], 100, 12),
    { ...lookUp([4200], 520, 1), inputs: [indices([4200], 2, 9), uniform([520, 1], 4)], label: "two rows" },
    // the same few rows over and over
    { ...lookUp([130], 600, 3), inputs: [indices([130], 4, 9), uniform([600, 3], 4)] },
  ]),
  ...(["softmax", "logSoftmax"] as const).map((name) =>
    opCase(name, () => [
      ...ALONG.flatMap((shape) =>
        Array.from(shape.keys()).map(
          (axis): Check => ({
            label: `${name} of [${shape}] along ${axis}`,
            inputs: [uniform(shape, 2 + axis, -3, 3)],
            f: (o, [x]) => o[name](x, axis),
            tolerance: tolerance.softmax(shape[axis] as number),
            probes: 12,
          }),
        ),
      ),
      {
        label: `${name} of large numbers`,
        inputs: [uniform([4, 9], 5, -100, 100)],
        f: (o, [x]) => o[name](o.add(x, 1000)),
        tolerance: scaled(1000, tolerance.softmax(9)),
      },
    ]),
  ),
  opCase("crossEntropy", () => [
    ...(
      [
        [[1], 1, 0],
        [[1], 5, 0],
        [[3], 2, 0],
        [[65], 33, 0.3],
        [[3], 65, 0],
        [[2, 3, 4], 9, 0.5],
        [[5], 300, 0.3],
        [[64], 64, 0],
        // past a workgroup of rows
        [[300], 3, 0.3],
        [[], 7, 0],
      ] as const
    ).map(
      ([shape, classes, ignored]): Check => ({
        label: `[${shape}] of ${classes}`,
        inputs: [uniform([...shape, classes], 7, -3, 3), indices(shape, classes, 5, ignored)],
        f: (o, [logits, targets]) => o.crossEntropy(logits, targets),
        tolerance: tolerance.softmax(classes),
        probes: 12,
      }),
    ),
    {
      label: "all ignored",
      inputs: [uniform([3, 5], 1), integers([3], [-1, -2, -100])],
      f: (o, [logits, targets]) => o.crossEntropy(logits, targets),
      tolerance: tolerance.exact,
    },
    {
      label: "large logits",
      inputs: [uniform([6, 5], 1, -1000, 1000), indices([6], 5, 3)],
      f: (o, [logits, targets]) => o.crossEntropy(logits, targets),
      tolerance: scaled(1000, tolerance.softmax(5)),
    },
    {
      label: "scaled by what follows",
      inputs: [uniform([6, 5], 2), indices([6], 5, 4)],
      f: (o, [logits, targets]) => o.exp(o.mul(o.crossEntropy(logits, targets), -2)),
      tolerance: tolerance.softmax(30),
    },
  ]),
  opCase("binary cross-entropy where it is delicate", () => [
    {
      label: "at 0, as a head that starts from zeros gives",
      inputs: [filled([3, 5], 0), uniform([3, 5], 4, 0, 1)],
      f: (o, [x, y]) => o.binaryCrossEntropy(x, y),
      tolerance: tolerance.softmax(16),
    },
    {
      label: "of large logits",
      inputs: [uniform([3, 5], 3, -2, 2), uniform([3, 5], 4, 0, 1)],
      f: (o, [x, y]) => o.binaryCrossEntropy(o.mul(x, 200), y),
      tolerance: scaled(200, tolerance.softmax(16)),
    },
  ]),
];
