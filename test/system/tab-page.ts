// The page of tab.test.ts: trains, saves to IndexedDB as it goes, and goes on from what it finds there.
import {
  dropout,
  indexedDbCheckpoints,
  int32,
  losses,
  nn,
  openDevice,
  optim,
  StreamBatches,
  Trainer,
} from "../../src/index.ts";

declare global {
  // what the test gives the page, and calls there
  var told: (step: number, loss: number) => Promise<void>;
  var train: (database: string, steps: number) => Promise<number>;
}

/** Trains up to a step in all; gives the step that it went on from. */
globalThis.train = async (database, steps) => {
  const device = await openDevice();
  const model = { embed: new nn.Embedding(5, 4), rnn: new nn.GRU(4, 6), head: new nn.Linear(6, 5) };
  const store = indexedDbCheckpoints(database, { keep: 2 });
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32([2, 4]), targets: int32([2, 4]) },
    carry: { state: model.rnn.stateSpec(2) },
    loss: ({ tokens, targets, state }) => {
      const [hidden, next] = model.rnn.forward(model.embed.forward(tokens), state);
      return { loss: losses.crossEntropy(model.head.forward(dropout(hidden, 0.2)), targets), carry: { state: next } };
    },
    optimizer: optim.adamW({ learningRate: 0.02 }),
    resume: store,
  });
  const text = Int32Array.from({ length: 60 }, (_, i) => (i * i + i) % 5);
  const batches = new StreamBatches(text, { batch: 2, seqLen: 4 });
  trainer.attach("batches", batches);
  let saving: Promise<void> | undefined;
  while (trainer.steps < steps) {
    const { loss } = await trainer.step(batches.next());
    await globalThis.told(trainer.steps, loss);
    if (trainer.steps % 2 !== 0) continue;
    // nobody waits for the last one: the tab may be closed while it is written
    await saving;
    saving = trainer.save(store);
    saving.catch(() => {});
  }
  await trainer.save(store);
  return trainer.resumed?.step ?? 0;
};
