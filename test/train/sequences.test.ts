// Data that go through time: what is missing is predicted by the net, and a text is read on from step to step.
import { expect, test } from "vitest";
import { StreamBatches } from "../../src/data/index.ts";
import {
  add,
  cast,
  compile,
  float32,
  gradients,
  int32,
  losses,
  mul,
  nn,
  optim,
  scan,
  select,
  sum,
  Trainer,
  fit as train,
  zeros,
} from "../../src/node.ts";
import { device } from "../support/device.ts";

test("a number that is missing is what the net predicts, inside of a scan; NaN reaches nothing", async () => {
  const [decay, gain] = [0.5, 2];
  using compiled = await compile(device, null, {
    inputs: { x: float32([4, 1]), known: float32([4, 1]), gain: float32([1]) },
    fn: ({ x, known, gain }) => {
      const [, predicted] = scan([x, known], zeros([1]), (h, [now = x, isKnown = known]) => {
        const guess = mul(h, gain);
        return [add(mul(h, decay), select(isKnown, now, guess)), guess];
      });
      const loss = losses.meanSquaredError(predicted, x, { weights: known });
      return { predicted, loss, slope: gradients(loss, [gain])[0] ?? sum(gain) };
    },
  });
  const x = [1, Number.NaN, Number.NaN, 2];
  const known = x.map((value) => Number(!Number.isNaN(value)));
  const run = (by: number) => {
    let h = 0;
    const predicted = x.map((value, i) => {
      const guess = h * by;
      h = h * decay + (known[i] ? value : guess);
      return guess;
    });
    const squares = predicted.map((guess, i) => (known[i] ? (guess - (x[i] as number)) ** 2 : 0));
    return { predicted, loss: squares.reduce((a, b) => a + b) / 2 };
  };
  const found = await compiled.run({ x: Float32Array.from(x), known: Float32Array.from(known), gain: [gain] });
  expect([...(await found.predicted.read())]).toEqual(run(gain).predicted);
  expect([...(await found.loss.read())]).toEqual([run(gain).loss]);
  const slope = (run(gain + 1e-4).loss - run(gain - 1e-4).loss) / 2e-4;
  expect((await found.slope.read())[0]).toBeCloseTo(slope, 3);
});

test("fit reads a text in streams: the carry goes on within an epoch", async () => {
  const cell = new nn.Linear(3, 3);
  const make = () =>
    Trainer.create(device, cell, {
      inputs: { tokens: int32([2, 3]), targets: int32([2, 3]) },
      carry: { h: float32([2, 3]) },
      loss({ tokens, targets, h }) {
        const next = cell.forward(add(cast(tokens, "float32"), h));
        return { loss: losses.meanSquaredError(next, cast(targets, "float32")), carry: { h: next } };
      },
      optimizer: optim.sgd({ learningRate: 0 }),
      seed: 1,
    });
  const text = Int32Array.from({ length: 20 }, (_, i) => i % 2);
  const batches = () => new StreamBatches(text, { batch: 2, seqLen: 3 });
  const [fitted, bare] = [await make(), await make()];
  const { epochs } = await train(fitted, batches(), { epochs: 2 });
  const own = batches();
  const want: number[] = [];
  for (let step = 0; step < 2 * own.length; step++) {
    if (own.startsEpoch) bare.resetCarry();
    want.push((await bare.step(own.next())).loss);
  }
  expect(fitted.steps).toBe(6);
  expect(epochs.map(({ loss }) => loss)).toEqual([0, 3].map((i) => want.slice(i, i + 3).reduce((a, b) => a + b) / 3));
  expect(new Set(want.slice(0, 3)).size).toBe(3);
});
