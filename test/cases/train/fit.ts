// fit on every host: the same losses as bare steps, its callbacks, a signal, and a run that goes on from a checkpoint.
import type { Case } from "../../../harness/case.ts";
import { Batches } from "../../../src/data/batches/batches.ts";
import {
  callbacks,
  type Device,
  type FitCallback,
  fit as fitTrainer,
  float32,
  losses,
  memoryCheckpoints,
  metrics,
  nn,
  optim,
  Trainer,
} from "../../../src/index.ts";
import { assert, assertEqual } from "../support/assert.ts";

const x = Array.from({ length: 6 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const y = x.map(([a = 0, b = 0]) => [a - 2 * b]);
const batches = () => new Batches({ x, y }, { batchSize: 2, shuffle: 3 });

async function make(device: Device, resume?: Uint8Array) {
  const model = { drop: new nn.Dropout(0.2), head: new nn.Linear(2, 1) };
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([2, 2]), y: float32([2, 1]) },
    loss: ({ x, y }) => {
      const guess = model.head.forward(model.drop.forward(x));
      return { loss: losses.meanSquaredError(guess, y), metrics: { mse: metrics.meanSquaredError(guess, y) } };
    },
    optimizer: optim.adam({ learningRate: 0.1 }),
    stepMetrics: true,
    ...(resume ? { resume } : { seed: 5 }),
  });
  trainer.replay.poison();
  return trainer;
}

/** An element of a page where there is one. */
const element = (): { textContent: string | null } =>
  (globalThis as { document?: Document }).document?.createElement("p") ?? { textContent: "" };

export const fitCases: readonly Case[] = [
  {
    name: "fit: bare steps' losses, callbacks, a signal, and on from a checkpoint",
    async run({ device }) {
      const bare = await make(device);
      const data = batches();
      const wanted: number[] = [];
      for (let step = 0; step < 9; step++) wanted.push((await bare.step(data.next())).loss);

      const [text, lines, shown, store] = [[] as string[], [] as string[], element(), memoryCheckpoints()];
      const controller = new AbortController();
      const watching = (): FitCallback[] => [
        callbacks.jsonLog((line) => lines.push(line), { of: "steps", truncate: (count) => lines.splice(count) }),
        callbacks.csvLog((line) => text.push(line)),
        callbacks.progress({ element: shown, interval: 0 }),
        callbacks.earlyStopping({ monitor: "mse", patience: 9, restoreBest: false }),
      ];
      const first = await make(device);
      const broken = await fitTrainer(first, batches(), {
        epochs: 3,
        callbacks: [...watching(), callbacks.everySteps(4, () => controller.abort())],
        signal: controller.signal,
      });
      assertEqual("stopped", [broken.stopped, broken.epochs.length, first.steps], ["signal", 1, 4]);
      await first.save(store);
      const { bytes } = (await store.load()) as { bytes: Uint8Array };
      const second = await make(device, bytes);
      const { epochs, stopped } = await fitTrainer(second, batches(), { epochs: 3, callbacks: watching() });
      assertEqual("ended", [stopped, epochs.length], [null, 3]);
      assertEqual(
        "losses",
        lines.map((line) => JSON.parse(line).loss),
        wanted,
      );
      const { loss, trainingMetrics } = epochs[1] as (typeof epochs)[number];
      const mse = trainingMetrics.mse as number;
      assert(Math.abs(loss - mse) < 1e-5 * loss, `epoch 2: the metric is ${mse}, the loss ${loss}`);
      assert(/^epoch,step,loss,.*,training mse\n/.test(text[0] as string), `the CSV begins with ${text[0]}`);
      assert(/^epoch 3\/3: loss .*, mse /.test(shown.textContent ?? ""), `the element says ${shown.textContent}`);
      for (const each of [bare, first, second]) each.dispose();
    },
  },
];
