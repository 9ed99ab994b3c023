// An LSTM of 128 units and a sigmoid, Adam, ten epochs in batches of 32. In the article (Keras) model and training take 5 lines; here
// they are marked. A Keras model compiles itself; here the loss is a function, and the device is opened by hand.
import { fit, float32, last, losses, metrics, nn, openDevice, optim, sigmoid, Trainer } from "seqgrad";
import { Batches } from "seqgrad/data";
import { risingOrFalling } from "./sequences.ts";

export async function main(): Promise<number> {
  const { x, label } = risingOrFalling(128, 1);
  const data = { x, label: label.map((each) => [each]) };
  // model and training
  const device = await openDevice();
  const model = { lstm: new nn.LSTM(1, 128), dense: new nn.Linear(128, 1) };
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32(["batch", 10, 1]), label: float32(["batch", 1]) },
    loss: ({ x, label }) => {
      const logits = model.dense.forward(last(model.lstm.forward(x)[0]));
      const auc = metrics.auc(sigmoid(logits), label);
      return { loss: losses.binaryCrossEntropy(logits, label), metrics: { auc }, outputs: sigmoid(logits) };
    },
    optimizer: optim.adam(),
  });
  await fit(trainer, new Batches(data, { batchSize: 32, shuffle: 1 }), { epochs: 10 });
  // until here
  const test = risingOrFalling(64, 2);
  const { metrics: measured } = await trainer.evaluate([{ x: test.x, label: test.label.map((each) => [each]) }]);
  console.log(`area under the ROC curve ${measured.auc.toFixed(2)}`);
  device.dispose();
  return 0;
}
