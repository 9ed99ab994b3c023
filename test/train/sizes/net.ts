// What the tests of sizes that vary train.
import { int32, losses, nn, optim, Trainer, type Value } from "../../../src/node.ts";
import { generator } from "../../reference/array.ts";
import { device } from "../../support/device.ts";

export class Net extends nn.Module {
  readonly embed = new nn.Embedding(7, 4);
  readonly rnn = new nn.GRU(4, 8);
  readonly head = new nn.Linear(8, 7);

  forward(tokens: Value, h?: Value, lengths?: Value): [logits: Value, h: Value] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), h, lengths ? { lengths } : {});
    return [this.head.forward(hidden), next as Value];
  }
}

export const named = { tokens: int32(["batch", "time"]), targets: int32(["batch", "time"]) };
export const fixed = (batch: number, time: number) => ({ tokens: int32([batch, time]), targets: int32([batch, time]) });
export const optimizer = optim.adamW({ learningRate: 0.01 });

export const lossOf =
  (model: Net) =>
  ({ tokens, targets }: { readonly tokens: Value; readonly targets: Value }) =>
    losses.crossEntropy(model.forward(tokens)[0], targets);

export function batchOf(batch: number, time: number, seed = batch * 100 + time) {
  const random = generator(seed);
  const rows = () => Array.from({ length: batch }, () => Array.from({ length: time }, () => Math.floor(7 * random())));
  return { tokens: rows(), targets: rows() };
}

export const bitsOf = async (trainer: { stateDict(): Promise<nn.StateDict> }) =>
  [...(await trainer.stateDict())].map(([name, { data }]) => [name, [...data]]);

export async function make(options: object = {}) {
  const model = new Net();
  const trainer = await Trainer.create(device, model, {
    inputs: named,
    loss: lossOf(model),
    optimizer,
    clipNorm: 1,
    seed: 3,
    ...options,
  });
  return { model, trainer };
}
