// A series' next value by an LSTM with peepholes whose first state is not zero but tanh(W·x₀ + b) of its first value. Each is one line
// here: an option, and a state that is given.
import {
  fit,
  float32,
  last,
  losses,
  metrics,
  nn,
  openDevice,
  optim,
  slice,
  split,
  squeeze,
  Trainer,
  tanh,
  transpose,
  type Value,
} from "seqgrad";
import { Batches, windows } from "seqgrad/data";

export async function main(): Promise<number> {
  const series = Array.from({ length: 260 }, (_, t) => [Math.sin(t / 4)]);
  const { x, y } = windows(series, { window: 12, horizon: 1 });
  // model and training
  const device = await openDevice();
  const model = {
    start: new nn.Linear(1, 2 * 16),
    lstm: new nn.LSTM(1, 16, { peephole: true }),
    head: new nn.Linear(16, 1),
  };
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32(["batch", 12, 1]), y: float32(["batch", 1, 1]) },
    loss: ({ x, y }) => {
      const [h, c] = split(tanh(model.start.forward(slice(x, 1, 0, 1))), 2, -1).map((each) =>
        transpose(each, 0, 1),
      ) as [Value, Value];
      const guess = model.head.forward(last(model.lstm.forward(x, { h, c })[0]));
      const error = metrics.meanAbsoluteError(guess, squeeze(y, 1));
      return { loss: losses.meanSquaredError(guess, squeeze(y, 1)), metrics: { error } };
    },
    optimizer: optim.adam({ learningRate: 0.01 }),
  });
  await fit(trainer, new Batches({ x, y }, { batchSize: 32, shuffle: 1 }), { epochs: 10 });
  // until here
  const { metrics: measured } = await trainer.evaluate(new Batches({ x, y }, { batchSize: 32 }));
  console.log(`mean absolute error ${measured.error.toFixed(3)}`);
  device.dispose();
  return 0;
}
