// The range test of learning rates: what it finds, and that it leaves no trace.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Batches, BatchStream } from "../../src/data/index.ts";
import {
  add,
  findLearningRate,
  float32,
  losses,
  mean,
  metrics,
  mul,
  type NamedSpec,
  nn,
  optim,
  reshape,
  schedules,
  sqrt,
  Trainer,
} from "../../src/node.ts";
import { device } from "../support/device.ts";

const rows = Array.from({ length: 11 }, (_, i) => ({ x: [i / 11, 1 - i / 11], y: [Math.sin(i)] }));
const arrays = { x: rows.map(({ x }) => x), y: rows.map(({ y }) => y) };

/** All that a trainer may remember. */
async function make(
  extra: { readonly onNonFinite?: "throw" | "skip" | "continue"; readonly accumulate?: number } = {},
) {
  const { accumulate = 1, onNonFinite = "throw" } = extra;
  const model = {
    body: new nn.Linear(2, 3),
    drop: new nn.Dropout(0.3),
    norm: new nn.BatchNorm(3),
    head: new nn.Linear(3, 1),
  };
  const inputs: { readonly x: NamedSpec<"batch">; readonly y: NamedSpec<"batch"> } = {
    x: float32(["batch", 2]),
    y: float32(["batch", 1]),
  };
  const plateau = schedules.plateau(0.05);
  const trainer = await Trainer.create(device, model, {
    inputs,
    carry: { seen: float32([1]) },
    loss: ({ x, y, seen }) => {
      const hidden = model.norm.forward(model.drop.forward(model.body.forward(x)));
      const guess = add(model.head.forward(hidden), mul(seen, 0.1));
      const loss = losses.meanSquaredError(guess, y);
      return {
        loss,
        metrics: { r2: metrics.r2(guess, y) },
        carry: { seen: add(mul(seen, 0.5), reshape(mean(guess), [1])) },
      };
    },
    optimizer: optim.adam({
      learningRate: plateau,
      groups: [{ parameters: "head.*", l2: 0.01, constraint: { maxNorm: 3 } }],
    }),
    gradientAccumulationSteps: accumulate,
    weightAverage: { decay: 0.5 },
    stepMetrics: true,
    onNonFinite,
    seed: 8,
  });
  const dispose = () => {
    trainer.dispose();
    for (const part of Object.values(model)) part.dispose(device);
  };
  return { trainer, dispose };
}

const digestOf = async (trainer: { checkpoint(): Promise<Uint8Array> }) =>
  createHash("sha256")
    .update(await trainer.checkpoint())
    .digest("hex");

const sources = {
  batches: () => new Batches(arrays, { batchSize: 4, shuffle: 4 }),
  stream: () => new BatchStream(rows, { batchSize: 4, shuffle: 4, shuffleBuffer: 3 }),
};

test.each([
  ["batches", "throw", 1],
  ["stream", "skip", 1],
  ["batches", "continue", 2],
] as const)(
  "%s, %s, %i batches to an update: nothing is left of it, bit for bit",
  async (kind, onNonFinite, accumulate) => {
    for (const before of [0, 3]) {
      const [run, other] = [await make({ onNonFinite, accumulate }), await make({ onNonFinite, accumulate })];
      const [data, its] = [sources[kind](), sources[kind]()];
      const steps = async ({ trainer }: typeof run, from: typeof data, count: number) => {
        const found: number[] = [];
        for await (const batch of from as AsyncIterable<never>) {
          found.push((await trainer.step(batch)).loss);
          if (found.length >= count) break;
        }
        return found;
      };
      if (before) await Promise.all([steps(run, data, before), steps(other, its, before)]);
      run.trainer.attach("data", data as never);
      other.trainer.attach("data", its as never);
      const saved = await digestOf(run.trainer);
      // the rates go so far that numbers are no longer finite
      const {
        rates,
        losses: found,
        smoothed,
      } = await findLearningRate(run.trainer, data as never, {
        ...{ from: 1e-4, to: 1e38, steps: 14, explosion: 1e30 },
      });
      expect(rates.length).toBeGreaterThan(3);
      expect([found.length, smoothed.length]).toEqual([rates.length, rates.length]);
      expect(found.every(Number.isFinite)).toBe(true);
      // ahead of the first step there is no carry, afterwards there are zeros
      if (before) expect(await digestOf(run.trainer)).toBe(saved);
      expect([run.trainer.steps, run.trainer.skipped, run.trainer.learningRate]).toEqual([before, 0, 0.05]);
      expect(await steps(run, data, 3)).toEqual(await steps(other, its, 3));
      expect(await digestOf(run.trainer)).toBe(await digestOf(other.trainer));
      run.dispose();
      other.dispose();
    }
  },
);

test("rates are spaced evenly by their logarithms, and the steepest fall is suggested", async () => {
  // p falls from 1 along its gradient: the loss p²/2 after some steps is known
  const model = { p: new nn.Linear(1, 1, { bias: false }) };
  model.p.weight.initializer = nn.initializers.constant(1);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 1]) },
    loss: ({ x }) => mul(losses.meanSquaredError(model.p.forward(x), mul(x, 0)), 0.5),
    optimizer: optim.sgd({ learningRate: 0.5 }),
  });
  let passes = 0;
  const data = {
    *[Symbol.iterator]() {
      passes++;
      yield { x: [[1]] };
    },
  };
  const options = { from: 0.0013, to: 13, steps: 41, smoothing: 0 };
  const { rates, losses: found, smoothed, suggested } = await findLearningRate(trainer, data, options);
  let p = 1;
  rates.forEach((rate, i) => {
    expect(rate).toBeCloseTo(0.0013 * 10 ** (i / 10), 6);
    expect(found[i]).toBeCloseTo((p * p) / 2, 5);
    p -= rate * p;
  });
  expect(smoothed).toEqual(found);
  expect(passes).toBe(rates.length);
  // past 2 each step makes it larger
  expect(rates.length).toBeLessThan(41);
  expect(rates.at(-1)).toBeGreaterThan(2);
  const falls = found.map((_, i) => (found[i - 1] ?? 0) - (found[i + 1] ?? 0));
  const inside = falls.slice(4, -1);
  expect(suggested).toBe(rates[4 + inside.indexOf(Math.max(...inside))]);
  expect(trainer.learningRate).toBe(0.5);
  trainer.learningRate = 0.25;
  // what the average began with, 0, has no share in it
  const averaged = await findLearningRate(trainer, data, { ...options, steps: 3, smoothing: 0.75 });
  const [a, b, c] = averaged.losses as [number, number, number];
  const means = [a, (3 * a + 4 * b) / 7, (9 * a + 12 * b + 16 * c) / 37];
  means.forEach((each, i) => {
    expect(averaged.smoothed[i]).toBeCloseTo(each, 6);
  });
  const one = await findLearningRate(trainer, data, { ...options, steps: 1 });
  expect(one).toEqual({ rates: [0.0013], losses: [0.5], smoothed: [0.5], suggested: null });
  expect(trainer.learningRate).toBe(0.25);
  // a generator gives what it has
  const { rates: few } = await findLearningRate(trainer, data[Symbol.iterator](), { ...options, from: 1e-9, to: 1e-8 });
  expect(few).toHaveLength(1);

  await expect(findLearningRate(trainer, [], options)).rejects.toThrow("there are no batches, expected at least one");
  await expect(findLearningRate(trainer, data, { from: 1, to: 1 })).rejects.toThrow("from is 1, expected less than to");
  await expect(findLearningRate(trainer, data, { smoothing: 1 })).rejects.toThrow("smoothing is 1, expected a number");
  await expect(findLearningRate(trainer, [{ x: [[1]] }, { y: 1 } as never], options)).rejects.toThrow(/y/);
  expect([trainer.steps, trainer.learningRate]).toEqual([0, 0.25]);
  await trainer.step({ x: [[Number.NaN]] }).catch(() => {});
  await expect(findLearningRate(trainer, data, options)).rejects.toThrow("expected finite numbers");
  trainer.recover();
  expect(await trainer.step({ x: [[1]] })).toMatchObject({ loss: 0.5 });
  trainer.dispose();
});

test("ends at a step that is skipped, though its loss is finite", async () => {
  // √0 is 0, and its slope infinite
  const model = new nn.Linear(1, 1, { bias: false });
  model.weight.initializer = nn.initializers.constant(1);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 1]) },
    loss: ({ x }) => mean(sqrt(model.forward(x))),
    optimizer: optim.sgd({ learningRate: 0.5 }),
    onNonFinite: "skip",
  });
  const batches = [1, 4, 0, 1].map((each) => ({ x: [[each]] }));
  const { losses: found } = await findLearningRate(trainer, batches, { from: 1e-6, to: 1e-5, steps: 4 });
  expect(found).toHaveLength(2);
  expect(found[1]).toBeCloseTo(2, 4);
  expect(trainer.skipped).toBe(0);
  trainer.dispose();
  model.dispose(device);
});
