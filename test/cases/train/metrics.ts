// Metrics over unequal batches against scikit-learn (test/fixtures/metrics.py), on poisoned memory.
import type { Case } from "../../../harness/case.ts";
import { float32, int32, losses, metrics, nn, optim, reshape, Trainer, type Value } from "../../../src/index.ts";
import fixture from "../../fixtures/metrics.json" with { type: "json" };
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose } from "../support/assert.ts";

const { classes } = fixture;
/** More batches than are put together on the GPU before they are read; the last is filled with what does not count. */
const BATCH = 2;

const inputs = {
  scores: float32([BATCH, classes]),
  targets: int32([BATCH]),
  weights: float32([BATCH]),
  /** The same, but for rows whose target is negative. */
  classWeights: float32([BATCH]),
  y: float32([BATCH]),
  p: float32([BATCH]),
  smallY: float32([BATCH]),
  smallP: float32([BATCH]),
  positive: int32([BATCH]),
  probability: float32([BATCH]),
};
type Name = keyof typeof inputs;
type Data = Record<Name, number[]>;

function batches(change: (data: Data) => void): Record<Name, Float64Array>[] {
  const rows = fixture.targets.length;
  const all = Object.fromEntries(
    Object.keys(inputs).map((name) => [
      name,
      [...fixture[name === "classWeights" ? "weights" : (name as keyof typeof fixture & Name)]],
    ]),
  ) as Data;
  change(all);
  return Array.from({ length: Math.ceil(rows / BATCH) }, (_, i) => {
    const part = (name: string) => {
      const width = name === "scores" ? classes : 1;
      const own = all[name as Name].slice(i * BATCH * width, (i + 1) * BATCH * width);
      const filling = name.endsWith("eights") ? 0 : inputs[name as Name].dtype === "int32" ? 1 : Number.NaN;
      while (own.length < BATCH * width) own.push(filling);
      return Float64Array.from(own);
    };
    return Object.fromEntries(Object.keys(inputs).map((name) => [name, part(name)])) as Record<Name, Float64Array>;
  });
}

function measures(model: nn.Linear, v: Record<Name, Value>) {
  const { scores, targets, y, p, smallY, smallP, positive, probability } = v;
  const [w, c] = [{ weights: v.weights }, { weights: v.classWeights }];
  return {
    loss: losses.meanSquaredError(model.forward(reshape(probability, [BATCH, 1])), reshape(y, [BATCH, 1]), w),
    metrics: {
      accuracy: metrics.accuracy(scores, targets, c),
      topK: metrics.topKAccuracy(scores, targets, 2, c),
      confusion: metrics.confusionMatrix(scores, targets, c),
      auc: metrics.auc(probability, positive, { ...c, bins: 64 }),
      binaryF1: metrics.f1(probability, positive, { ...c, threshold: 0.5, positive: 1 }),
      perplexity: metrics.perplexity(scores, targets, c),
      bits: metrics.bitsPerCharacter(scores, targets, c),
      mae: metrics.meanAbsoluteError(p, y, w),
      mse: metrics.meanSquaredError(p, y, w),
      rmse: metrics.rootMeanSquaredError(p, y, w),
      mape: metrics.meanAbsolutePercentageError(p, y, w),
      smape: metrics.symmetricMeanAbsolutePercentageError(smallP, smallY, w),
      mase: metrics.meanAbsoluteScaledError(p, y, { ...w, history: fixture.history, season: 7 }),
      r2: metrics.r2(p, y, w),
      "precision macro": metrics.precision(scores, targets, c),
      "recall weighted": metrics.recall(scores, targets, { ...c, average: "weighted" }),
      "f1 micro": metrics.f1(scores, targets, { ...c, average: "micro" }),
      "f1 none": metrics.f1(scores, targets, { ...c, average: "none" }),
    },
  };
}

const flat = (value: unknown): number[] =>
  typeof value === "number" ? [value] : Array.from(value as ArrayLike<number | number[]>).flat();

export const metricCases: readonly Case[] = [
  {
    name: "metrics are those of scikit-learn, over batches of unequal weight",
    async run({ device }) {
      const model = new nn.Linear(1, 1);
      const trainer = await Trainer.create(device, model, {
        inputs,
        loss: (values) => measures(model, values),
        optimizer: optim.sgd(),
      });
      const evaluate = async (change: (data: Data) => void) => {
        const evaluation = await trainer.evaluation();
        for (const { replay } of await evaluation.programs()) replay.poison();
        return (await trainer.evaluate(batches(change))).metrics as Record<string, unknown>;
      };
      const rows = fixture.targets.length;
      const compare = (label: string, got: Record<string, unknown>, expected: object) => {
        for (const [name, want] of Object.entries(expected)) {
          const allowed = name === "r2" ? tolerance.special : tolerance.softmax(classes);
          assertClose(`${name}, ${label}`, flat(got[name]), flat(want), allowed);
        }
      };
      const plain = (data: Data) => {
        for (const name of ["weights", "classWeights"] as const) data[name] = new Array<number>(rows).fill(1);
      };
      compare("all alike", await evaluate(plain), fixture.expected);
      const masked = await evaluate((data) => {
        // what has weight 0 has no influence, and neither has a row whose target is negative
        fixture.weights.forEach((weight, row) => {
          if (weight !== 0) return;
          for (const name of ["scores", "y", "p", "smallY", "smallP", "probability"] as const) {
            const width = name === "scores" ? classes : 1;
            data[name].fill(Number.NaN, row * width, (row + 1) * width);
          }
          if (row % 2 === 0) return;
          data.classWeights[row] = 2;
          data.targets[row] = -1;
          data.positive[row] = -1;
        });
      });
      compare("weighed, on poisoned memory", masked, fixture.weighed);
      const broken = await evaluate((data) => {
        plain(data);
        for (const name of ["scores", "p", "smallP", "probability"] as const) data[name][0] = Number.NaN;
      });
      for (const [name, value] of Object.entries(broken)) {
        assert(flat(value).some(Number.isNaN), `${name} of NaN is ${flat(value)}`);
      }
      trainer.dispose();
      model.dispose(device);
    },
  },
];
