/** What BatchNorm remembers: moved by the steps of a trainer, held by those that are skipped, saved, and used in inference. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  embedding,
  float32,
  gradients,
  int32,
  losses,
  nn,
  optim,
  scan,
  sum,
  Trainer,
  zeros,
} from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import { batchNorm } from "../../reference/layers.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";

const [rows, features, momentum] = [12, 5, 0.25];

class Normed extends nn.Module {
  readonly linear = new nn.Linear(features, features);
  readonly norm = new nn.BatchNorm(features, { momentum });
  readonly again = new nn.BatchNorm(features, { affine: false });
}

/** Float32Array of numbers far from 0, whose variance is far from 1. */
const batch = (seed: number): NdArray => uniform([rows, features], seed, 1, 5);

async function steps({ device }: CaseContext): Promise<void> {
  const model = new Normed();
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([rows, features]), bad: float32([]) },
    // the one that is called twice goes on from its first call
    loss: ({ x, bad }) => {
      const y = model.linear.forward(model.norm.forward(x));
      return add(sum(add(model.again.forward(y), model.again.forward(x))), add(losses.meanSquaredError(y, x), bad));
    },
    optimizer: optim.adamW({ learningRate: 0.01 }),
    onNonFinite: "skip",
  });
  const want = { mean: new Float64Array(features), variance: new Float64Array(features).fill(1) };
  for (const seed of [1, 2, 3]) {
    trainer.replay.poison();
    await trainer.step({ x: Float32Array.from(batch(seed).data), bad: Float32Array.of(0) });
    const { mean, variance } = batchNorm(
      batch(seed),
      array([features], Array(features).fill(1)),
      array([features], Array(features).fill(0)),
    );
    for (let i = 0; i < features; i++) {
      want.mean[i] = (1 - momentum) * (want.mean[i] as number) + momentum * (mean.data[i] as number);
      want.variance[i] = (1 - momentum) * (want.variance[i] as number) + momentum * (variance.data[i] as number);
    }
  }
  const state = await trainer.stateDict();
  const numbers = (name: string, dict = state) => dict.get(name)?.data ?? [];
  assertClose("running mean", numbers("norm.running_mean"), want.mean, tolerance.elementwise);
  assertClose("running variance", numbers("norm.running_var"), want.variance, tolerance.elementwise);
  const skipped = await trainer.step({ x: Float32Array.from(batch(9).data), bad: Float32Array.of(Number.NaN) });
  assertEqual("skipped", skipped.skipped, true);
  for (const [name, { data }] of await trainer.stateDict())
    assertSame(`${name} after a skipped step`, data, numbers(name));
  assert((numbers("again.running_mean")[0] as number) !== 0, "the second layer follows, too");

  const other = new Normed();
  other.loadStateDict(device, state);
  using compiled = await compile(device, other, {
    inputs: { x: float32([2, features]) },
    fn: ({ x }) => other.norm.forward(x),
  });
  compiled.replay.poison();
  const x = Float32Array.from(uniform([2, features], 4).data);
  const y = await (await compiled.run({ x })).read();
  const expected = x.map((value, i) => {
    const at = (name: string) => numbers(`norm.${name}`)[i % features] as number;
    return ((value - at("running_mean")) / Math.sqrt(at("running_var") + 1e-5)) * at("weight") + at("bias");
  });
  assertClose("inference", y, expected, tolerance.elementwise);
  trainer.dispose();
  for (const each of [model, other]) each.dispose(device);
}

async function insideLoops({ device }: CaseContext): Promise<void> {
  const model = new Normed();
  await assertRejects("UnsupportedError", ["norm.running_mean", "scan", "outside"], () =>
    Trainer.create(device, model, {
      inputs: { x: float32([3, rows, features]) },
      loss: ({ x }) => sum(scan(x, zeros([rows, features]), (h, step) => [model.norm.forward(add(h, step)), []])[0]),
      optimizer: optim.sgd({ learningRate: 0.1 }),
    }),
  );
}

async function embeddings({ device }: CaseContext): Promise<void> {
  const [entries, width] = [70, 3];
  const initializers = { uniform: nn.initializers.uniform(1, 2), constant: nn.initializers.constant(2) };
  for (const [name, initializer] of Object.entries(initializers)) {
    const table = new nn.Embedding(entries, width, { paddingIndex: 4, initializer });
    using _ = await compile(device, table, { inputs: { i: int32([1]) }, fn: ({ i }) => table.forward(i) });
    const { data } = (await table.stateDict(device)).get("weight") ?? { data: [] };
    assert(
      Array.from(data).every((value, i) => (Math.floor(i / width) === 4 ? value === 0 : value >= 1)),
      name,
    );
    table.dispose(device);
  }
  const rowsOf = Array.from({ length: entries }, (_, i) => [i, -i, 0.5 * i]);
  const given = new nn.Embedding(entries, width, { weights: rowsOf });
  // few picks are looked for, many are chained
  for (const picks of [[3, 4, 3, -1], Array.from({ length: 700 }, (_, i) => (i % 9) - 1)]) {
    using compiled = await compile(device, given, {
      inputs: { i: int32([picks.length]) },
      fn: ({ i }) => {
        const y = embedding(i, given.weight, { paddingIndex: 4 });
        return { y, gradient: gradients(sum(y), [given.weight])[0] ?? y };
      },
    });
    compiled.replay.poison();
    const { y, gradient } = await compiled.run({ i: Int32Array.from(picks) });
    assertSame(
      "rows",
      await y.read(),
      picks.flatMap((i) => (i < 0 ? [0, 0, 0] : (rowsOf[i] as number[]))),
    );
    const counts = rowsOf.flatMap((_, row) => Array(width).fill(row === 4 ? 0 : picks.filter((i) => i === row).length));
    assertSame("gradient", await gradient.read(), counts);
    await assertRejects("DataError", ["embedding index", "70"], () =>
      compiled.run({ i: Int32Array.from(picks, () => 70) }),
    );
  }
  given.dispose(device);
  await assertRejects(
    "ShapeError",
    ["Embedding", "paddingIndex is 5"],
    () => new nn.Embedding(5, 2, { paddingIndex: 5 }),
  );
  await assertRejects("ShapeError", ["Embedding", "[5, 2]"], () => new nn.Embedding(5, 2, { weights: [[1, 2]] }));
}

export const statisticsCases: readonly Case[] = [
  { name: "BatchNorm: running statistics", run: steps },
  { name: "BatchNorm inside a loop is refused", run: insideLoops },
  { name: "Embedding: starts and padding", run: embeddings },
];
