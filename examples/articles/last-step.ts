// A classifier by the last step of a plain recurrent net, written as a module. Prints the accuracy on sequences that it was not
// trained on. In the article (PyTorch) model and training take 20 lines; here they are marked.
import { fit, float32, int32, last, losses, metrics, nn, openDevice, optim, Trainer, type Value } from "seqgrad";
import { Batches } from "seqgrad/data";
import { risingOrFalling } from "./sequences.ts";

// model and training
class Classifier extends nn.Module {
  readonly rnn = new nn.RNN(1, 32);
  readonly head = new nn.Linear(32, 2);

  forward(x: Value): Value {
    return this.head.forward(last(this.rnn.forward(x)[0]));
  }
}

export async function main(): Promise<number> {
  const device = await openDevice();
  const model = new Classifier();
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32(["batch", 10, 1]), label: int32(["batch"]) },
    loss: ({ x, label }) => {
      const logits = model.forward(x);
      return { loss: losses.crossEntropy(logits, label), metrics: { accuracy: metrics.accuracy(logits, label) } };
    },
    optimizer: optim.adam({ learningRate: 0.005 }),
  });
  await fit(trainer, new Batches(risingOrFalling(200, 1), { batchSize: 32, shuffle: 1 }), { epochs: 10 });
  // until here
  const { metrics: measured } = await trainer.evaluate([risingOrFalling(100, 2)]);
  console.log(`accuracy ${measured.accuracy.toFixed(2)}`);
  device.dispose();
  return 0;
}
