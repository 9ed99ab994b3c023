// Texts in classes: a tokenizer, padding, an embedding, an LSTM with dropout of its inputs and of its state, a softmax. In the article
// (Keras) tokenizer, model and training take 14 lines; here they are marked. Lengths stand for the padding to 100 of the article,
// and the numbers of the classes for its one-hot targets: a text counts up to its end, and no step behind it is computed upon.
import { fit, int32, last, losses, metrics, nn, openDevice, optim, Trainer } from "seqgrad";
import { Batches, WordTokenizer } from "seqgrad/data";
import { reviews } from "./reviews.ts";

export async function main(): Promise<number> {
  const { texts, labels } = reviews(240, 1);
  // tokenizer, model and training
  const tokenizer = WordTokenizer.fit(texts, { size: 200, lower: true, special: { pad: "<pad>" } });
  const tokens = texts.map((text) => tokenizer.encode(text));
  const device = await openDevice();
  const model = {
    embedding: new nn.Embedding(tokenizer.size, 16, { paddingIndex: 0 }),
    lstm: new nn.LSTM(16, 32, { inputDropout: 0.2, recurrentDropout: 0.2 }),
    head: new nn.Linear(32, 3),
  };
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32(["batch", "time"]), lengths: int32(["batch"]), label: int32(["batch"]) },
    sizes: { time: { buckets: [8, 16], lengths: "lengths" } },
    loss: ({ tokens, lengths, label }) => {
      const [outputs] = model.lstm.forward(model.embedding.forward(tokens), undefined, { lengths });
      const logits = model.head.forward(last(outputs, lengths));
      return { loss: losses.crossEntropy(logits, label), metrics: { accuracy: metrics.accuracy(logits, label) } };
    },
    optimizer: optim.adam({ learningRate: 0.01 }),
  });
  const batchesOf = (start: number, end: number) =>
    new Batches(
      { tokens: tokens.slice(start, end), label: labels.slice(start, end) },
      { batchSize: 40, shuffle: 1, lengths: { tokens: "lengths" } },
    );
  const { epochs } = await fit(trainer, batchesOf(0, 200), { epochs: 12, validation: batchesOf(200, 240) });
  // until here
  console.log(`accuracy ${Number(epochs.at(-1)?.metrics.accuracy).toFixed(2)}`);
  device.dispose();
  return 0;
}
