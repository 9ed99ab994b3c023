// A program that trains by fit, as test/system/kill.ts kills it: DIR is its one argument. It goes on from what it finds there.
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Batches } from "../../src/data/index.ts";
import {
  callbacks,
  encodeSafetensors,
  fit as fitTrainer,
  float32,
  folderCheckpoints,
  last,
  losses,
  metrics,
  nn,
  openDevice,
  optim,
  Trainer,
} from "../../src/node.ts";

const out = process.argv[2] as string;
const log = join(out, "log.jsonl");
mkdirSync(out, { recursive: true });
const store = folderCheckpoints(join(out, "checkpoints"), { keep: 2 });
const x = Array.from({ length: 19 }, (_, i) => [0, 1, 2].map((t) => [Math.sin(i + t), Math.cos(2 * i + t)]));
const y = x.map((_, i) => [Math.sin(i + 3)]);
const model = { body: new nn.GRU(2, 8), drop: new nn.Dropout(0.2), head: new nn.Linear(8, 1) };
const trainer = await Trainer.create(await openDevice(), model, {
  inputs: { x: float32(["batch", 3, 2]), y: float32(["batch", 1]) },
  loss: ({ x, y }) => {
    const guess = model.head.forward(model.drop.forward(last(model.body.forward(x)[0])));
    return { loss: losses.meanSquaredError(guess, y), metrics: { r2: metrics.r2(guess, y) } };
  },
  optimizer: optim.adam({ learningRate: 0.05 }),
  stepMetrics: true,
  resume: store,
});

if (!existsSync(log)) writeFileSync(log, "{}\n");
/** Lines of steps, behind the first line of the file. */
const truncate = (lines: number) => {
  const all = readFileSync(log);
  let end = 0;
  for (let i = 0; i <= lines; i++) end = all.indexOf("\n", end) + 1;
  // at once, so that the file is whole whenever the process ends
  truncateSync(log, end);
};
if (!trainer.resumed) truncate(0);

let saving: Promise<void> | undefined;
const { epochs, stopped } = await fitTrainer(trainer, new Batches({ x, y }, { batchSize: 4, shuffle: 2 }), {
  epochs: 8,
  validation: [{ x, y }],
  callbacks: [
    callbacks.jsonLog((line) => appendFileSync(log, line), { of: "steps", truncate }),
    callbacks.reduceOnPlateau({ factor: 0.7, patience: 0 }),
    callbacks.earlyStopping({ patience: 9, monitor: "r2", mode: "max" }),
    {
      async step({ step }) {
        if (step % 2 !== 0) return;
        // the steps behind are in flight
        await saving;
        saving = trainer.save(store);
      },
    },
  ],
});
await saving;
const tensors = await trainer.stateDict();
writeFileSync(join(out, "model.safetensors"), encodeSafetensors(tensors));
const history = epochs.map(({ seconds: _, ...rest }) => rest);
writeFileSync(join(out, "sample.txt"), JSON.stringify({ history, stopped, rate: trainer.learningRate }));
process.exit(0);
