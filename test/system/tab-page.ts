// The page of tab.test.ts, and its worker: trains, saves to IndexedDB as it goes, and goes on from what it finds there.
import { Batches } from "../../src/data/index.ts";
import {
  type CheckpointStore,
  callbacks,
  dropout,
  fit as fitTrainer,
  indexedDbCheckpoints,
  int32,
  losses,
  metrics,
  nn,
  openDevice,
  optim,
  Trainer,
} from "../../src/index.ts";

/** What a run gives: the step that it went on from, the training accuracies of its epochs, and what its progress says in the end. */
interface Trained {
  readonly from: number;
  readonly accuracies: readonly unknown[];
  readonly shown: string;
}

type Told = (step: number, loss: number) => Promise<void>;

declare global {
  // what the test gives the page, and calls there
  var told: Told;
  var train: (database: string, where: "page" | "worker") => Promise<Trained>;
}

async function trainerOf(store: CheckpointStore) {
  const model = { embed: new nn.Embedding(5, 4), rnn: new nn.GRU(4, 6), head: new nn.Linear(6, 5) };
  return Trainer.create(await openDevice(), model, {
    inputs: { tokens: int32([2, 4]), targets: int32([2, 4]) },
    carry: { state: model.rnn.stateSpec(2) },
    loss: ({ tokens, targets, state }) => {
      const [hidden, next] = model.rnn.forward(model.embed.forward(tokens), state);
      const logits = model.head.forward(dropout(hidden, 0.2));
      const accuracy = metrics.accuracy(logits, targets);
      return { loss: losses.crossEntropy(logits, targets), metrics: { accuracy }, carry: { state: next } };
    },
    optimizer: optim.adamW({ learningRate: 0.02 }),
    stepMetrics: true,
    resume: store,
  });
}

async function trainHere(database: string, told: Told, element: { textContent: string | null }): Promise<Trained> {
  const store = indexedDbCheckpoints(database, { keep: 2 });
  const trainer = await trainerOf(store);
  const text = Array.from({ length: 61 }, (_, i) => (i * i + i) % 5);
  const windows = (from: number) => Array.from({ length: 15 }, (_, i) => text.slice(4 * i + from, 4 * i + 4 + from));
  const batches = new Batches(
    { tokens: windows(0), targets: windows(1) },
    { batchSize: 2, shuffle: 1, dropLast: true },
  );
  let saving: Promise<void> | undefined;
  const { epochs } = await fitTrainer(trainer, batches, {
    epochs: 2,
    validation: new Batches({ tokens: windows(0), targets: windows(1) }, { batchSize: 2, dropLast: true }),
    callbacks: [
      callbacks.progress({ element, interval: 0 }),
      {
        async step({ step, loss }) {
          await told(step, loss);
          if (step % 2 !== 0) return;
          // nobody waits for the last one: the tab may be closed while it is written
          await saving;
          saving = trainer.save(store);
          saving.catch(() => {});
        },
      },
    ],
  });
  await trainer.save(store);
  return {
    from: trainer.resumed?.step ?? 0,
    accuracies: epochs.map(({ trainingMetrics }) => trainingMetrics.accuracy),
    shown: element.textContent ?? "",
  };
}

/** Messages to the worker, and from it. */
type Said = { readonly step: number; readonly loss: number } | Trained;

const trainInWorker = (database: string) =>
  new Promise<Trained>((resolve, reject) => {
    const worker = new Worker("/tab-page.js", { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if ("step" in data) globalThis.told(data.step, data.loss);
      else resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(database);
  });

if ("document" in globalThis) {
  globalThis.train = (database, where) => {
    if (where === "worker") return trainInWorker(database);
    return trainHere(database, globalThis.told, document.body.appendChild(document.createElement("p")));
  };
} else {
  const say = (data: Said) => (globalThis as unknown as Worker).postMessage(data);
  globalThis.onmessage = async ({ data }: MessageEvent<string>) => {
    const told = async (step: number, loss: number) => say({ step, loss });
    say(await trainHere(data, told, { textContent: null }));
  };
}
