// What the rows of functions that need a device are made of: a model, and things of another device, or freed ones.
import * as sg from "../../src/index.ts";
import { nn } from "../../src/index.ts";

export const VOCABULARY = 3;

/** A recurrent model of the least size, whose likeliest token is always 0. */
export class Reader extends nn.Module {
  readonly embed = new nn.Embedding(VOCABULARY, 2);
  readonly rnn = new nn.GRU(2, 2);
  readonly head = new nn.Linear(2, VOCABULARY);

  constructor() {
    super();
    this.head.weight.initializer = nn.initializers.constant(0);
    (this.head.bias as sg.Parameter).initializer = { kind: "host", make: () => Float32Array.of(9, 0, 0) };
  }

  forward(tokens: sg.Value, state?: sg.Value): [logits: sg.Value, state: sg.Value] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next as sg.Value];
  }
}

export const languageModel = () =>
  new nn.TransformerLM(VOCABULARY, { dModel: 4, numHeads: 1, numLayers: 1, dimFeedforward: 4, maxLength: 8 });

export const translator = () => new nn.Seq2Seq(VOCABULARY, VOCABULARY, { embedding: 2, hidden: 2 });

export const doubling = (device: sg.Device) =>
  sg.compile(device, null, { inputs: { x: sg.float32([2]) }, fn: ({ x }) => ({ y: sg.mul(x, 2) }) });

export const readerOptions = (model: Reader) => ({
  batch: 1,
  state: model.rnn.stateSpec(1),
  batchAxis: 1,
  forward: (tokens: sg.Value, state: sg.Value | undefined) => model.forward(tokens, state),
});

export const trainerOptions = (model: nn.Linear) => ({
  inputs: { x: sg.float32([2, 2]) },
  carry: { last: sg.float32([2, 2]) },
  loss: ({ x, last }: { readonly x: sg.Value; readonly last: sg.Value }) => {
    const y = model.forward(x);
    return {
      loss: sg.losses.meanSquaredError(y, last),
      outputs: { y },
      metrics: { mean: sg.metrics.mean(y) },
      carry: { last: y },
    };
  },
  optimizer: sg.optim.sgd({ learningRate: 0.1 }),
  clipNorm: 1,
  gradientAccumulationSteps: 2,
  mixedPrecision: true,
  weightAverage: { decay: 0.5, debias: true, start: 0 },
  seed: 0,
  onNonFinite: "throw" as const,
  stepMetrics: true,
  tune: { budgetMs: 1 },
});

/** Things that may be given to a function by mistake because they are no more, or belong elsewhere. */
export interface Strangers {
  readonly values: Readonly<Record<string, unknown>>;
  dispose(): void;
}

export async function strangers(device: sg.Device): Promise<Strangers> {
  const [other, gone] = [await sg.openDevice(), await sg.openDevice()];
  const left = new sg.State(gone, { h: sg.float32([1, 1, 2]) });
  gone.dispose();
  const [elsewhere, here] = [await doubling(other), await doubling(device)];
  const x = [1, 2];
  const [foreign, overwritten] = [(await elsewhere.run({ x })).y, (await here.run({ x })).y];
  const { y: current } = await here.run({ x });
  const freed = await doubling(device);
  const { y: freedTensor } = await freed.run({ x });
  freed.dispose();
  const [state, foreignState] = [new sg.State(device, [sg.float32([2])]), new sg.State(other, [sg.float32([2])])];
  state.dispose();
  const model = new Reader();
  const decoder = await sg.createRecurrentDecoder(device, model, readerOptions(model));
  decoder.dispose();
  const disposedModel = new nn.Linear(2, 2);
  await (await sg.Trainer.create(device, disposedModel, trainerOptions(disposedModel))).dispose();
  disposedModel.dispose(device);
  return {
    values: {
      "another device": other,
      "a disposed device": gone,
      "a tensor": current,
      "another device's tensor": foreign,
      "an overwritten tensor": overwritten,
      "a freed tensor": freedTensor,
      "a disposed program": freed,
      "a disposed state": state,
      "another device's state": foreignState,
      "a disposed device's state": left,
      "a disposed decoder": decoder,
      "a disposed model": disposedModel,
    },
    dispose() {
      foreignState.dispose();
      here.dispose();
      model.dispose(device);
      disposedModel.dispose(device);
      other.dispose();
    },
  };
}
