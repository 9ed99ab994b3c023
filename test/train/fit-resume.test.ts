// A fit that was saved at any moment and goes on in another process gives the bits and the history of one that was not broken off.
import { expect, test, vi } from "vitest";
import { Batches, BatchStream } from "../../src/data/index.ts";
import {
  type AnyTrainer,
  add,
  type CheckpointStore,
  callbacks,
  type EpochEvent,
  type FitCallback,
  type FitOptions,
  type FitRun,
  float32,
  losses,
  mean,
  metrics,
  mul,
  nn,
  optim,
  reshape,
  Trainer,
  fit as train,
} from "../../src/node.ts";
import { device } from "../support/device.ts";

const rows = Array.from({ length: 7 }, (_, i) => ({ x: [i / 7, 1 - i / 7], y: [Math.sin(i)] }));
const arrays = { x: rows.map(({ x }) => x), y: rows.map(({ y }) => y) };

/** Those that leave nothing out have a smaller last batch. */
const dropLast = true;
const sources = {
  uneven: () => new Batches(arrays, { batchSize: 2, shuffle: 4 }),
  even: () => new Batches(arrays, { batchSize: 2, shuffle: 4, dropLast }),
  stream: () => new BatchStream(rows, { batchSize: 2, shuffle: 4, shuffleBuffer: 3, dropLast }),
  plain: () => [...new Batches(arrays, { batchSize: 2, dropLast })],
};
type Source = keyof typeof sources;

/** What a program makes, whether it begins or goes on. */
async function program(source: Source, save: (trainer: AnyTrainer) => void, resume?: Uint8Array) {
  const model = { body: new nn.Linear(2, 3), drop: new nn.Dropout(0.3), head: new nn.Linear(3, 1) };
  const batch = source === "uneven" ? "batch" : 2;
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([batch, 2]), y: float32([batch, 1]) },
    carry: { seen: float32([1]) },
    loss: ({ x, y, seen }) => {
      const guess = add(model.head.forward(model.drop.forward(model.body.forward(x))), mul(seen, 0.1));
      const loss = losses.meanSquaredError(guess, y);
      return {
        loss,
        metrics: { r2: metrics.r2(guess, y) },
        carry: { seen: add(mul(seen, 0.5), reshape(mean(guess), [1])) },
      };
    },
    optimizer: optim.adam({ learningRate: 0.1 }),
    ...(resume ? { resume } : { seed: 8 }),
  });
  const [lines, table]: [string[], string[]] = [[], []];
  const measured = [4, 5, 1, 2, 3, 4];
  const saving = (_: unknown, { trainer }: FitRun) => save(trainer);
  const monitor = ({ epoch }: EpochEvent) => measured[epoch - 1] as number;
  const options = {
    epochs: 6,
    validation: new Batches(arrays, { batchSize: 2, shuffle: 2, dropLast: source !== "uneven" }),
    // saves before, between and behind what remembers something, with steps in flight and without
    callbacks: [
      { step: saving },
      callbacks.jsonLog((line) => lines.push(line), { of: "steps", truncate: (count) => lines.splice(count) }),
      { step: saving, epoch: saving },
      callbacks.csvLog((text) => table.push(...cells(text)), { truncate: (count) => table.splice(count) }),
      callbacks.reduceOnPlateau({ factor: 0.5, patience: 0, monitor }),
      callbacks.earlyStopping({ patience: 1, monitor }),
      { every: 3, pause: saving, epoch: saving, end: (run: FitRun) => save(run.trainer) },
    ],
  };
  return { trainer, data: sources[source](), lines, table, options };
}

/** Lines of a table without their seconds. */
const cells = (text: string) => {
  const columns = ["epoch", "step", "loss", "validationLoss", "learningRate", "seconds", "r2"];
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => {
    const row = line.split(",");
    expect(row).toHaveLength(columns.length);
    return row.filter((_, i) => columns[i] !== "seconds").join();
  });
};

type Program = Awaited<ReturnType<typeof program>>;
const run = ({ trainer, data, options }: Program, more: Partial<FitOptions<never>> = {}) =>
  train(trainer as never, data as never, { ...options, ...more } as never);
const outcome = async ({ trainer, lines, table }: Program, { epochs, stopped }: Awaited<ReturnType<typeof run>>) => ({
  epochs: epochs.map(({ seconds: _, ...rest }) => JSON.stringify(rest)),
  stopped,
  lines,
  table,
  steps: trainer.steps,
  rate: trainer.learningRate,
  weights: [...(await trainer.stateDict()).values()].map(({ data }) => [...new Int32Array(data.buffer)]),
});

test.each(["uneven", "stream", "plain"] as const)("goes on from any checkpoint, %s", async (source) => {
  const kept: Uint8Array[] = [];
  const store: CheckpointStore = { save: (bytes) => void kept.push(bytes.slice()), load: () => undefined, clear() {} };
  const pending: Promise<void>[] = [];
  const whole = await program(source, (trainer) => pending.push(trainer.save(store)));
  const wanted = await outcome(whole, await run(whole));
  await Promise.all(pending);
  expect(wanted.epochs).toHaveLength(5);
  expect(wanted.stopped).toMatch("early stopping");
  expect(kept.length).toBeGreaterThan(40);
  // each is another one of a cycle of moments
  for (let i = source === "uneven" ? 0 : 2; i < kept.length; i += source === "uneven" ? 13 : 17) {
    const rest = await program(source, () => {}, kept[i]);
    rest.lines.push(...whole.lines);
    rest.table.push(...whole.table);
    expect(await outcome(rest, await run(rest)), `checkpoint ${i}`).toEqual(wanted);
    rest.trainer.dispose();
  }
  whole.trainer.dispose();
});

test("goes on after a signal, to more epochs, and not where it is done or left", async () => {
  const measured = Array.from({ length: 4 }, (_, i) => 4 - i);
  const early = () => [callbacks.earlyStopping({ patience: 1, monitor: ({ epoch }) => measured[epoch - 1] as number })];
  const whole = await program("even", () => {});
  const wanted = await outcome(whole, await run(whole, { epochs: 4, callbacks: early() }));

  const first = await program("even", () => {});
  const controller = new AbortController();
  const abort: FitCallback = { step: ({ step }) => (step === 6 ? controller.abort() : undefined) };
  const { signal } = controller;
  expect((await run(first, { epochs: 2, callbacks: [...early(), abort], signal })).stopped).toBe("signal");
  // early stopping has put the weights of the best epoch in place of the last ones
  const second = await program("even", () => {}, await first.trainer.checkpoint());
  expect((await run(second, { epochs: 2, callbacks: early() })).epochs).toHaveLength(2);
  const bytes = await second.trainer.checkpoint();
  const third = await program("even", () => {}, bytes);
  expect(await outcome(third, await run(third, { epochs: 4, callbacks: early() }))).toEqual(wanted);

  const done = await program("even", () => {}, bytes);
  const start = () => expect.fail("it is done");
  expect((await run(done, { epochs: 2, callbacks: [{ start }] })).epochs).toHaveLength(2);
  await done.trainer.step(done.options.validation.next() as never);
  const left = await program("even", () => {}, await done.trainer.checkpoint());
  expect((await run(left, { epochs: 9, callbacks: [{ start }] })).epochs).toHaveLength(2);
  await run(left, { name: "fine tuning", epochs: 1, callbacks: [] });
  const both = await program("even", () => {}, await left.trainer.checkpoint());
  expect((await run(both, { epochs: 2, callbacks: [{ start }] })).epochs).toHaveLength(2);
  expect((await run(both, { name: "fine tuning", epochs: 2, callbacks: [] })).epochs).toHaveLength(2);
  both.trainer.attach("own", { state: { epoch: 3 }, restore: () => {} });
  const other = await program("even", () => {}, await both.trainer.checkpoint());
  await expect(run(other, { name: "own" })).rejects.toThrow('under the name "own" is not of fit');
  for (const { trainer } of [whole, first, second, third, done, left, both, other]) trainer.dispose();
});

test("says so where it goes on in a later call of one name", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const begun = await program("even", () => {});
  const calls: string[][] = [];
  for (let call = 1; call <= 2; call++) {
    await run(begun, { epochs: 1, callbacks: [] });
    const resumed = await program("even", () => {}, await begun.trainer.checkpoint());
    await run(resumed, { epochs: 1, callbacks: [] });
    calls.push(warn.mock.calls.splice(0).map(String));
    resumed.trainer.dispose();
  }
  begun.trainer.dispose();
  warn.mockRestore();
  expect(calls).toEqual([[], [expect.stringContaining('fit: goes on in call 2 of the name "fit"')]]);
});
