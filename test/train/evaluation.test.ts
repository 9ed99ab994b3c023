// evaluate and predict: batches of unequal size, inputs that are not needed, and a carry of their own.
import { expect, test } from "vitest";
import { sourceOf } from "../../src/graph/source.ts";
import type { Node } from "../../src/graph/value.ts";
import { dropout, float32, losses, mean, metrics, mul, nn, optim, Trainer, tanh } from "../../src/node.ts";
import { device } from "../support/device.ts";

const numbers = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(from + i));
const batch = (rows: number, from: number) => ({ x: numbers(3 * rows, from), y: numbers(rows, 2 * from) });

test("batches of unequal size count by their rows, without dropout", async () => {
  const model = new nn.Linear(3, 1);
  const make = (rows: number | "batch") =>
    Trainer.create(device, model, {
      inputs: { x: float32([rows as "batch", 3]), y: float32([rows as "batch", 1]) },
      loss: ({ x, y }) => {
        const guess = model.forward(nn.isTraining() ? dropout(x, 0.5) : x);
        const error = losses.meanSquaredError(guess, y);
        return { loss: error, outputs: { guess }, metrics: { mse: metrics.meanSquaredError(guess, y) } };
      },
      optimizer: optim.sgd({ learningRate: 0.1 }),
    });
  const trainer = await make("batch");
  const batches = [batch(4, 1), batch(1, 2), batch(2, 3)];
  const { loss, metrics: measured } = await trainer.evaluate(batches);
  const { weight, bias } = Object.fromEntries([...(await trainer.stateDict())].map(([name, { data }]) => [name, data]));
  const guessOf = (x: Float32Array, row: number) =>
    [0, 1, 2].reduce((all, i) => all + (x[3 * row + i] as number) * (weight?.[i] as number), bias?.[0] as number);
  const squares = batches.flatMap(({ x, y }) => [...y].map((each, row) => (guessOf(x, row) - each) ** 2));
  const want = squares.reduce((all, each) => all + each, 0) / 7;
  expect(loss).toBeCloseTo(want, 5);
  expect(measured.mse).toBeCloseTo(want, 5);

  const guesses: number[] = [];
  for await (const { guess } of trainer.predict(batches.map(({ x }) => ({ x })))) guesses.push(...guess);
  const all = batches.flatMap(({ x, y }) => [...y].map((_, row) => guessOf(x, row)));
  for (const [i, each] of all.entries()) expect(guesses[i]).toBeCloseTo(each, 5);
  const { guess } = await trainer.predict({ x: numbers(3, 1) });
  expect(guess[0]).toBeCloseTo(guesses[0] as number, 6);
  await expect(trainer.evaluate([])).rejects.toThrow("no batches");
  await expect(trainer.predict({ y: numbers(1, 0) } as never)).rejects.toThrow("x is missing");
  // of a size that none was made for: nothing is made before it is refused
  const { buffers } = device.counters;
  await expect(trainer.evaluate([{ x: numbers(27, 1) }] as never)).rejects.toThrow("y is missing");
  expect(device.counters.buffers).toBe(buffers);

  const fixed = await make(2);
  expect((await fixed.evaluate(batch(2, 3))).loss).toBeCloseTo(
    (squares[5] as number) / 2 + (squares[6] as number) / 2,
    5,
  );
  expect((await fixed.predict({ x: batch(2, 3).x })).guess).toHaveLength(2);
  for (const each of [trainer, fixed]) each.dispose();
  model.dispose(device);
});

test("a loss function without outputs predicts nothing, and says so", async () => {
  const model = new nn.Linear(1, 1);
  using trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 1]) },
    loss: ({ x }) => losses.meanSquaredError(model.forward(x), x),
    optimizer: optim.sgd(),
  });
  for (let i = 0; i < 2; i++) {
    await expect(trainer.predict({ x: [[1]] })).rejects.toThrow(
      "Trainer.predict: the loss function returns no outputs, expected { loss, outputs } from it",
    );
  }
  model.dispose(device);
});

test("a carry begins with zeros and goes from batch to batch, apart from that of the steps", async () => {
  const model = new nn.GRU(1, 2);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 2, 1]), y: float32([1, 2, 2]) },
    carry: { h: model.stateSpec(1) },
    loss: ({ x, y, h }) => {
      const [all, next] = model.forward(x, h);
      return { loss: losses.meanSquaredError(all, y), outputs: { all }, carry: { h: next } };
    },
    optimizer: optim.sgd({ learningRate: 0 }),
  });
  const [first, second] = [numbers(2, 1), numbers(2, 5)];
  const y = new Float32Array(4);
  const run = async () => {
    const outputs: number[][] = [];
    for await (const { all } of trainer.predict([{ x: first }, { x: second }])) outputs.push([...all]);
    return outputs;
  };
  const before = await run();
  const { loss } = await trainer.step({ x: first, y });
  const after = await run();
  expect(after).toEqual(before);
  const squares = before.map((each) => each.reduce((all, value) => all + value ** 2, 0) / 4);
  expect(loss).toBeCloseTo(squares[0] as number, 6);
  // the step's carry is what it was
  expect((await trainer.step({ x: second, y })).loss).toBeCloseTo(squares[1] as number, 6);
  const both = await trainer.evaluate([
    { x: first, y },
    { x: second, y },
  ]);
  expect(both.loss).toBeCloseTo(((squares[0] as number) + (squares[1] as number)) / 2, 6);
  trainer.dispose();
  model.dispose(device);
});

test("a loss of one's own counts by the rows of the first input that has some", async () => {
  const model = new nn.Linear(1, 1, { bias: false });
  using trainer = await Trainer.create(device, model, {
    inputs: { scale: float32([]), x: float32(["batch", 1]) },
    loss: ({ scale, x }) => {
      const loss = mean(mul(model.forward(x), scale));
      // which line made it is noted where that is asked for alone
      expect(sourceOf(loss.node as Node)).toBeUndefined();
      return loss;
    },
    optimizer: optim.sgd(),
  });
  await trainer.prepare({ batch: 1 });
  const weight = (await trainer.stateDict()).get("weight")?.data[0] as number;
  const { loss } = await trainer.evaluate([
    { scale: 2, x: [[1]] },
    { scale: 3, x: [[1], [2], [3]] },
  ]);
  expect(loss).toBeCloseTo(((2 * 1 + 3 * (1 + 2 + 3)) / 4) * weight, 5);
  model.dispose(device);
});

test("outputs that no carry has a part in are predicted without one", async () => {
  const model = new nn.Linear(1, 1, { bias: false });
  using trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 1]), y: float32([1, 1]) },
    carry: { seen: float32([1, 1]) },
    loss: ({ x, y, seen }) => {
      const guess = model.forward(x);
      // what the carry becomes of is not asked for either
      return { loss: losses.meanSquaredError(guess, seen), outputs: { guess }, carry: { seen: y } };
    },
    optimizer: optim.sgd({ learningRate: 0 }),
  });
  const weight = (await trainer.stateDict()).get("weight")?.data[0] as number;
  const guesses: number[] = [];
  for await (const { guess } of trainer.predict([1, 2, 4].map((each) => ({ x: [[each]] })))) guesses.push(...guess);
  expect(guesses).toHaveLength(3);
  guesses.forEach((each, i) => {
    expect(each).toBeCloseTo(2 ** i * weight, 5);
  });
  model.dispose(device);
});

test("evaluation shares the steps' intermediates, also where all are made side by side", async () => {
  const model = { body: new nn.Linear(3, 4), head: new nn.Linear(4, 1) };
  const make = () =>
    Trainer.create(device, model, {
      inputs: { x: float32(["batch", 5, 3]), y: float32(["batch", 5, 1]) },
      loss: ({ x, y }) => {
        const guess = model.head.forward(tanh(model.body.forward(x)));
        return { loss: losses.meanSquaredError(guess, y), outputs: { guess } };
      },
      optimizer: optim.sgd({ learningRate: 0 }),
    });
  const of = (rows: number) => ({ x: numbers(15 * rows, rows), y: numbers(5 * rows, 2 * rows) });
  const trainer = await make();
  const steps = [3, 9, 2, 12].map((rows) => trainer.step(of(rows)));
  const evaluating = trainer.evaluate([of(7), of(12), of(1)]);
  const predicting = trainer.predict(of(9));
  const [evaluated, predicted] = [await evaluating, await predicting];
  const stepped = (await Promise.all(steps)).map(({ loss }) => loss);

  // one after the other, each in memory of its own
  const alone = await make();
  const each: number[] = [];
  for (const rows of [3, 9, 2, 12]) each.push((await alone.step(of(rows))).loss);
  expect(stepped).toEqual(each);
  using other = await make();
  expect((await other.evaluate([of(7), of(12), of(1)])).loss).toBe(evaluated.loss);
  expect((await other.predict({ x: of(9).x })).guess).toEqual(predicted.guess);

  // inference takes less than a step of the same size: nothing is added but inputs
  const { sharedBytes } = alone.programs;
  await alone.evaluate(of(12));
  await alone.predict({ x: of(12).x });
  expect(alone.programs.sharedBytes).toBe(sharedBytes);
  // the steps' memory grows with a larger evaluation, and goes on in it
  await alone.evaluate(of(40));
  expect(alone.programs.sharedBytes).toBeGreaterThan(sharedBytes);
  expect((await alone.step(of(9))).loss).toBe(each[1]);
  const { bytes } = device.counters;
  alone.dispose();
  expect(device.counters.bytes).toBeLessThan(bytes - sharedBytes);
  trainer.dispose();
  for (const part of Object.values(model)) part.dispose(device);
});
