// Translation by GRUs, an encoder and a decoder. In the article (Keras) model and training take 9 lines; here they are marked. The
// "translation" is of digits: each one up by one, in reverse.
import { compile, fit, int32, losses, nn, openDevice, optim, Trainer } from "seqgrad";
import { Batches } from "seqgrad/data";
import { phrases } from "./phrases.ts";

export async function main(): Promise<number> {
  // model and training
  const device = await openDevice();
  const model = new nn.Seq2Seq(12, 12, { embedding: 16, hidden: 64, cell: "gru" });
  const trainer = await Trainer.create(device, model, {
    inputs: { source: int32(["batch", 4]), target: int32(["batch", 4]) },
    loss: ({ source, target }) => losses.crossEntropy(model.forward(source, target).logits, target),
    optimizer: optim.adam({ learningRate: 0.01 }),
  });
  await fit(trainer, new Batches(phrases(512, 1), { batchSize: 64, shuffle: 1 }), { epochs: 9 });
  // until here
  const { source, target } = phrases(32, 2);
  const translate = await compile(device, model, {
    inputs: { source: int32([32, 4]) },
    fn: ({ source }) => ({ tokens: model.greedy(source, 4).tokens }),
  });
  const tokens = await (await translate.run({ source })).tokens.read();
  const right = target.flat().filter((token, i) => token === tokens[i]).length;
  console.log(`right tokens ${(right / tokens.length).toFixed(2)}`);
  device.dispose();
  return 0;
}
