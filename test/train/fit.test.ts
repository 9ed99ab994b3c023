// fit and its callbacks: the same bits as bare steps, and what ends a run.
import { expect, test } from "vitest";
import { Batches } from "../../src/data/index.ts";
import {
  add,
  callbacks,
  float32,
  losses,
  mean,
  metrics,
  mul,
  nn,
  optim,
  Trainer,
  type TrainerOptions,
  fit as train,
} from "../../src/node.ts";
import { device } from "../support/device.ts";

const rows = 10;
const x = Float32Array.from({ length: rows }, (_, i) => i / rows);
const data = { x: Array.from(x, (each) => [each]), y: Array.from(x, (each) => [3 * each - 1]) };
type Extra = Pick<TrainerOptions<object, object>, "weightAverage">;
const make = async (learningRate = 0.5, extra: Extra = {}) => {
  const model = new nn.Linear(1, 1);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([5, 1]), y: float32([5, 1]) },
    loss: ({ x, y }) => {
      const guess = model.forward(x);
      return { loss: losses.meanSquaredError(guess, y), metrics: { mae: metrics.meanAbsoluteError(guess, y) } };
    },
    optimizer: optim.sgd({ learningRate }),
    seed: 3,
    ...extra,
  });
  return { model, trainer };
};
const batches = () => new Batches(data, { batchSize: 5, shuffle: 1 });
const weightsOf = async ({ trainer }: Awaited<ReturnType<typeof make>>) =>
  [...(await trainer.stateDict()).values()].map(({ data: numbers }) => [...numbers]);

test("trains as bare steps do, tells callbacks in order, and logs", async () => {
  const [bare, fitted] = [await make(), await make()];
  const own = batches();
  const want: number[] = [];
  for (let step = 0; step < 6; step++) want.push((await bare.trainer.step(own.next())).loss);
  const [json, csv, terminal, seen, pauses]: [string[], string[], string[], number[], number[]] = [[], [], [], [], []];
  const { epochs, stopped } = await train(fitted.trainer, batches(), {
    epochs: 3,
    validation: [{ x: x.slice(0, 5), y: x.slice(0, 5) }],
    callbacks: [
      callbacks.jsonLog((line) => json.push(line), { of: "steps" }),
      callbacks.csvLog((line) => csv.push(line)),
      callbacks.progress({ write: (text) => terminal.push(text), interval: 0 }),
      callbacks.everySteps(2, ({ step }, run) => void pauses.push(step, run.history.length)),
      { step: ({ step }) => void seen.push(step) },
    ],
  });
  expect(json.map((line) => JSON.parse(line).loss)).toEqual(want);
  expect(await weightsOf(fitted)).toEqual(await weightsOf(bare));
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(pauses).toEqual([2, 0, 4, 1, 6, 2]);
  expect(stopped).toBeNull();
  expect(epochs.map(({ loss }) => loss)).toEqual(
    [0, 2, 4].map((i) => ((want[i] as number) + (want[i + 1] as number)) / 2),
  );
  expect(csv).toHaveLength(3);
  expect(csv[0]).toMatch(/^epoch,step,loss,validationLoss,learningRate,seconds,mae\n1,2,/);
  expect(terminal.at(-1)).toMatch(/epoch 3\/3: loss .*validation .*mae .*\n$/);
});

test("stops early with the best weights, and reduces the rate", async () => {
  const made = await make(0.1);
  const measures = [5, 3, 4, 3.5, 1];
  let best: number[][] = [];
  const { epochs, stopped } = await train(made.trainer, batches(), {
    epochs: 5,
    callbacks: [
      callbacks.reduceOnPlateau({ monitor: ({ epoch }) => measures[epoch - 1] as number, patience: 0, factor: 0.5 }),
      callbacks.earlyStopping({ monitor: ({ epoch }) => measures[epoch - 1] as number, patience: 1 }),
      {
        async epoch({ epoch }) {
          if (epoch === 2) best = await weightsOf(made);
        },
      },
    ],
  });
  expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.1, 0.05]);
  expect(stopped).toMatch("early stopping");
  expect(await weightsOf(made)).toEqual(best);
});

test("validates the average of the weights, and ends with its best one", async () => {
  const made = await make(0.4, { weightAverage: { decay: 0.5 } });
  const { trainer } = made;
  const validation = [{ x: x.slice(5), y: Float32Array.from(x.slice(5), (each) => 3 * each - 1) }];
  const own: {
    readonly validation: number;
    readonly trained: number;
    readonly average: number;
    weights: number[][];
  }[] = [];
  const { epochs } = await train(trainer, batches(), {
    epochs: 3,
    validation,
    validateAverage: true,
    callbacks: [
      callbacks.earlyStopping({ monitor: ({ epoch }) => [2, 1, 3][epoch - 1] as number, patience: 3 }),
      {
        async epoch({ validationLoss = Number.NaN }, run) {
          const { loss: trained } = await trainer.evaluate(validation);
          const [average, weights] = await run.trainer.withAverage(async () => [
            (await trainer.evaluate(validation)).loss,
            await weightsOf(made),
          ]);
          own.push({ validation: validationLoss, trained, average, weights });
        },
      },
    ],
  });
  expect(epochs).toHaveLength(3);
  for (const { validation: each, trained, average } of own) {
    expect(each).toBe(average);
    expect(each).not.toBe(trained);
  }
  expect(await weightsOf(made)).toEqual(own[1]?.weights);
  await expect(train((await make()).trainer, batches(), { validateAverage: true })).rejects.toThrow(
    "fit: validateAverage is true and the trainer makes no average of weights, expected one; create it with weightAverage",
  );
});

test("ends by a signal after the steps in flight, and by what a callback throws", async () => {
  const { trainer } = await make();
  const controller = new AbortController();
  const ended: number[] = [];
  const { epochs, stopped } = await train(trainer, batches(), {
    epochs: 9,
    signal: controller.signal,
    callbacks: [
      { step: ({ step }) => (step === 3 ? controller.abort() : undefined), end: () => void ended.push(trainer.steps) },
    ],
  });
  expect([stopped, epochs.length]).toEqual(["signal", 1]);
  expect(ended[0]).toBeGreaterThanOrEqual(3);
  expect(ended[0]).toBeLessThanOrEqual(5);
  const broken = { step: () => Promise.reject(new Error("full disk")), end: () => void ended.push(-1) };
  await expect(train(trainer, batches(), { callbacks: [broken] })).rejects.toThrow("full disk");
  expect(ended.at(-1)).toBe(-1);
  await expect(train(trainer, [])).rejects.toThrow("no batches");
  await expect(train(trainer, batches(), { callbacks: [{ pause() {} }] })).rejects.toThrow("every is undefined");
  await expect(train(trainer, batches(), { epoch: 3 } as never)).rejects.toThrow("use epochs");
});

test("data are asked for while steps are in flight, as many as there may be", async () => {
  const { trainer } = await make();
  let told = 0;
  const asked: number[] = [];
  const all = [...batches(), ...batches(), ...batches()];
  const data = {
    async *[Symbol.asyncIterator]() {
      for (const batch of all) {
        asked.push(trainer.steps - told);
        yield batch;
      }
    },
  };
  const step = () => void told++;
  await train(trainer, data, { callbacks: [{ step }] });
  expect(asked.splice(0)).toEqual([0, 1, 2, 2, 2, 2]);
  told = trainer.steps;
  await train(trainer, data, { callbacks: [{ step }], inFlight: 1 });
  expect(asked).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a carry begins with each epoch, and goes on where the data stand within one", async () => {
  // each loss is how many steps came before on one carry
  const model = new nn.Linear(1, 1);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([1, 1]) },
    carry: { seen: float32([1]) },
    loss: ({ x, seen }) => {
      const nothing = mul(mean(model.forward(x)), 0);
      return { loss: add(mean(seen), nothing), carry: { seen: add(seen, 1) } };
    },
    optimizer: optim.sgd(),
  });
  const data = new Batches({ x: [[1], [2], [3]] }, { batchSize: 1 });
  const found: number[] = [];
  const step = ({ loss }: { readonly loss: number }) => void found.push(loss);
  await trainer.step(data.next() as never);
  expect(data.startsEpoch).toBe(false);
  await train(trainer, data as never, { epochs: 2, callbacks: [{ step }] });
  expect(found.splice(0)).toEqual([1, 2, 0, 1, 2]);
  // what does not say begins with each pass
  await train(trainer, [{ x: [[1]] }, { x: [[2]] }], { epochs: 2, callbacks: [{ step }] });
  expect(found).toEqual([0, 1, 0, 1]);
  trainer.dispose();
  model.dispose(device);
});
