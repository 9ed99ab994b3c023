/** What the last step of a sequence alone says: two layers that see nothing else, trained as the model is. */
import {
  callbacks,
  type Device,
  dropout,
  fit,
  float32,
  int32,
  losses,
  metrics,
  nn,
  optim,
  relu,
  schedules,
  Trainer,
  type Value,
} from "seqgrad";
import { Batches } from "seqgrad/data";

export interface LastFrames {
  readonly frames: readonly Float32Array[];
  readonly labels: readonly number[];
}

class FrameNet extends nn.Module {
  readonly first: nn.Linear;
  readonly second: nn.Linear;

  constructor(pixels: number, hidden: number, classes: number) {
    super();
    this.first = new nn.Linear(pixels, hidden);
    this.second = new nn.Linear(hidden, classes);
  }

  forward(frames: Value): Value {
    return this.second.forward(dropout(relu(this.first.forward(frames)), 0.2));
  }
}

/** The share of test frames whose class it tells; the epoch is chosen on the validation part. */
export async function lastFrameAccuracy(
  device: Device,
  parts: { readonly train: LastFrames; readonly validation: LastFrames; readonly test: LastFrames },
  classes: number,
  { epochs, seed, hidden = 64 }: { readonly epochs: number; readonly seed: number; readonly hidden?: number },
): Promise<number> {
  const pixels = (parts.train.frames[0] as Float32Array).length;
  const model = new FrameNet(pixels, hidden, classes);
  const batchesOf = ({ frames, labels }: LastFrames, shuffle: number | false = false) =>
    new Batches({ frames, label: labels }, { batchSize: 64, shuffle });
  const batches = batchesOf(parts.train, seed);
  const trainer = await Trainer.create(device, model, {
    inputs: { frames: float32(["batch", pixels]), label: int32(["batch"]) },
    loss: ({ frames, label }) => {
      const logits = model.forward(frames);
      return { loss: losses.crossEntropy(logits, label), metrics: { accuracy: metrics.accuracy(logits, label) } };
    },
    optimizer: optim.adamW({ learningRate: schedules.oneCycle(0.005, { steps: epochs * batches.length }) }),
    seed,
  });
  const stopping = callbacks.earlyStopping({ monitor: "accuracy", mode: "max", patience: epochs });
  await fit(trainer, batches, { epochs, validation: batchesOf(parts.validation), callbacks: [stopping] });
  const { accuracy } = (await trainer.evaluate(batchesOf(parts.test))).metrics;
  trainer.dispose();
  model.dispose(device);
  return accuracy;
}
