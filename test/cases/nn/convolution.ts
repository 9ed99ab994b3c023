/** Convolution over time, pooling, and normalisation over the batch. */
import type { Case } from "../../../harness/case.ts";
import { traceIn } from "../../../src/graph/mode.ts";
import { full, nn, type Pooling, pool, Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/layers.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assertEqual, assertRejects } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";

type Sizes = readonly [batch: number, time: number, input: number, output: number, window: number];

function convolution([batch, time, input, output, window]: Sizes, options: nn.Conv1dOptions): Check {
  const { groups = 1, bias: hasBias = true } = options;
  const inputs = [uniform([batch, time, input], 1), uniform([output, input / groups, window], 2), uniform([output], 3)];
  const products = tolerance.matmul((input / groups) * window + 1);
  return {
    label: `Conv1d of ${[batch, time, input, output, window].join(" × ")} ${JSON.stringify(options)}`,
    inputs: hasBias ? inputs : inputs.slice(0, 2),
    f: pair(
      ([x, weight, bias]) => {
        const layer = new nn.Conv1d(input, output, window, options);
        return Object.assign(layer, { weight, bias: hasBias ? bias : null }).forward(x);
      },
      ([x, weight, bias]) => reference.conv1d(x, weight, hasBias ? bias : undefined, options),
    ),
    tolerance: products,
    gradients: plus(products, tolerance.reduction(batch * time)),
    probes: 4,
  };
}

/** Windows longer than the sequence, gaps between them, and widths in vectors or not. */
const convolutions = (): Check[] => [
  convolution([1, 1, 1, 1, 1], {}),
  convolution([3, 7, 4, 5, 1], { bias: false }),
  convolution([2, 9, 3, 2, 2], { stride: 2 }),
  convolution([2, 9, 4, 8, 3], { dilation: 2, stride: 3 }),
  convolution([1, 2, 2, 3, 4], { padding: "same" }),
  convolution([2, 8, 8, 4, 4], { padding: "same", stride: 3 }),
  convolution([2, 5, 4, 3, 3], { padding: "causal", dilation: 3 }),
  convolution([1, 11, 1, 2, 3], { padding: "causal", stride: 2 }),
  convolution([2, 6, 6, 4, 3], { groups: 2, padding: "same", bias: false }),
  convolution([2, 6, 8, 8, 2], { groups: 8 }),
  convolution([1, 70, 5, 7, 1], { stride: 4 }),
];

const lengths = integers([4], [5, 0, 2, 1]);

function pooling(kind: Pooling, withLengths: boolean): Check {
  const x = uniform([4, 5, 3], 5);
  const inputs = kind === "attention" ? [x, uniform([4, 5], 6)] : [x];
  const places: { scores?: number; lengths?: number } = {};
  if (kind === "attention") places.scores = 1;
  if (withLengths) places.lengths = inputs.length;
  const at = <T>(values: readonly T[], place: number | undefined) => (place === undefined ? undefined : values[place]);
  return {
    label: `pool by ${kind}${withLengths ? " with lengths" : ""}`,
    inputs: withLengths ? [...inputs, lengths] : inputs,
    f: pair(
      (values) => pool(values[0], at(values, places.lengths), kind, at(values, places.scores)),
      (values) => reference.pool(values[0], at(values, places.lengths), kind, at(values, places.scores)),
    ),
    tolerance: tolerance.elementwise,
  };
}

const deviation: Tolerance = plus(tolerance.reduction(64), tolerance.special);

type Normalisation = { readonly lengths?: NdArray; readonly running?: boolean };

/** By the batch's statistics, or by `running` ones, which are inputs here. */
function normalisation(shape: readonly number[], { lengths: counts, running = false }: Normalisation = {}): Check {
  const features = shape.at(-1) as number;
  const learned = [uniform([features], 8, 0.5, 1.5), uniform([features], 9)];
  const known = running ? [uniform([features], 10), uniform([features], 11, 0.5, 2)] : [];
  const inputs = [uniform(shape, 7), ...learned, ...known];
  return {
    label: `BatchNorm of ${shape.join(" × ")}${counts ? " with lengths" : ""}${running ? ", running" : ""}`,
    inputs: counts ? [...inputs, counts] : inputs,
    f: pair(
      ([x, weight, bias, ...rest]) => {
        const statistics = running ? { running_mean: rest[0], running_var: rest[1] } : {};
        const layer = Object.assign(new nn.BatchNorm(features), { weight, bias, ...statistics });
        return traceIn(!running, () => layer.forward(x, counts ? { lengths: rest.at(-1) } : {}));
      },
      ([x, weight, bias, ...rest]) =>
        reference.batchNorm(x, weight, bias, counts && rest.at(-1), running ? [rest[0], rest[1]] : undefined).y,
    ),
    tolerance: deviation,
    probes: shape[0] === 131 ? 2 : 8,
  };
}

async function errors(): Promise<void> {
  const layer = new nn.Conv1d(3, 4, 5, { dilation: 2, stride: 2 });
  assertEqual(
    "outputs",
    [8, 9, 10, 11].map((length) => layer.outputLength(length)),
    [0, 1, 1, 2],
  );
  const same = new nn.Conv1d(3, 4, 5, { padding: "same", stride: 2 });
  assertEqual(
    "outputs",
    [1, 2, 3].map((length) => same.outputLength(length)),
    [1, 1, 2],
  );
  await assertRejects("ShapeError", ["Conv1d", "8 steps", "9"], () => layer.forward(full([1, 8, 3], 0)));
  await assertRejects("ShapeError", ["Conv1d", "[1, 8, 2]", "3"], () => layer.forward(full([1, 8, 2], 0)));
  await assertRejects(
    "ShapeError",
    ["Conv1d", "outputSize is 4", "groups = 3"],
    () => new nn.Conv1d(3, 4, 1, { groups: 3 }),
  );
  await assertRejects(
    "ArgumentError",
    ["Conv1d", "padding"],
    () => new nn.Conv1d(3, 4, 1, { padding: "full" as "same" }),
  );
  const x = full([2, 3, 4], 0);
  await assertRejects("ArgumentError", ["pool", "scores", "attention"], () => pool(x, undefined, "attention"));
  await assertRejects("ArgumentError", ["pool", "scores", "mean"], () => pool(x, undefined, "mean", full([2, 3], 0)));
  await assertRejects("ShapeError", ["pool", "scores", "[2, 4]"], () =>
    pool(x, undefined, "attention", full([2, 4], 0)),
  );
  await assertRejects("DtypeError", ["pool", "lengths"], () => pool(x, full([2], 1), "mean"));
  const norm = new nn.BatchNorm(4);
  await assertRejects("ShapeError", ["BatchNorm", "[2, 3]", "features"], () => norm.forward(full([2, 3], 0)));
  await assertRejects("ShapeError", ["BatchNorm", "more than one row"], () =>
    traceIn(true, () => norm.forward(full([1, 4], 0))),
  );
  await assertRejects("ShapeError", ["BatchNorm", "time", "lengths"], () =>
    norm.forward(full([2, 4], 0), { lengths: new Value({ shape: [2], dtype: "int32" }) }),
  );
}

export const convolutionCases: readonly Case[] = [
  opCase("Conv1d", convolutions),
  opCase("pool", () =>
    (["last", "mean", "max", "attention"] as const).flatMap((kind) => [pooling(kind, false), pooling(kind, true)]),
  ),
  // in one chunk of rows and in several, of which one has several blocks, by one number and four at a time
  opCase("BatchNorm", () => [
    normalisation([2, 1]),
    normalisation([65, 3]),
    normalisation([3, 5, 4]),
    normalisation([131, 65]),
    normalisation([4, 5, 3], { lengths }),
    normalisation([4, 5, 2, 4], { lengths }),
    normalisation([2, 3, 5], { running: true }),
    normalisation([4, 5, 4], { running: true, lengths }),
  ]),
  { name: "Conv1d, pool, BatchNorm: errors", run: errors },
];
