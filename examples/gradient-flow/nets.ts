import { compile, type Device, float32, nn, optim, Trainer, type Value } from "seqgrad";
import { adding } from "../classic-tests/tasks/adding.ts";
import { seededRandom } from "../shared/random.ts";

/** A recurrent layer whose inside can be seen. */
interface Layer extends nn.Module {
  forward(x: Value): [outputs: Value, state: unknown];
  inspect(x: Value): { outputs: Value; layers: readonly nn.LayerTrace[] };
}

export interface Net {
  readonly label: string;
  readonly make: (hidden: number) => Layer;
}

/** Recurrent weights that turn the state without making it longer or shorter, times `gain`. */
const orthogonal = (gain: number, blocks = 1) => ({ recurrent: () => nn.initializers.orthogonal({ gain, blocks }) });
const tanhNet =
  (gain: number): Net["make"] =>
  (hidden) =>
    new nn.RNN(2, hidden, { initializers: orthogonal(gain) });
const reluNet =
  (gain: number): Net["make"] =>
  (hidden) =>
    new nn.RNN(2, hidden, { activation: "relu", initializers: orthogonal(gain) });
const lstm =
  (forgetBias: number): Net["make"] =>
  (hidden) =>
    new nn.LSTM(2, hidden, { forgetBias, initializers: orthogonal(1, 4) });

/** Half of a ReLU net's units are off at a time: with √2 it neither shrinks nor grows on average (He et al. 2015). */
export const nets: readonly Net[] = [
  { label: "RNN tanh", make: tanhNet(1) },
  { label: "RNN ReLU", make: reluNet(Math.SQRT2) },
  { label: "LSTM, forget bias 1", make: lstm(1) },
  { label: "LSTM, forget bias 4", make: lstm(4) },
  { label: "GRU", make: (hidden) => new nn.GRU(2, hidden, { initializers: orthogonal(1, 3) }) },
];

/** Smaller and larger recurrent weights. */
export const scaled: readonly Net[] = [
  { label: "tanh × 0.7", make: tanhNet(0.7) },
  { label: "tanh × 1.5", make: tanhNet(1.5) },
  { label: "tanh × 2", make: tanhNet(2) },
  { label: "ReLU × 1", make: reluNet(1) },
  { label: "ReLU × 1.7", make: reluNet(1.7) },
];

export interface Sizes {
  readonly length: number;
  readonly hidden: number;
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  readonly clip: number;
  readonly seed: number;
}

export interface Training {
  /** Norm of dL/dh_t for each step after training; null where the weights are not finite any more. */
  readonly norms: readonly number[] | null;
  /** Norm of the weights' gradient at each training step, before clipping. */
  readonly gradNorms: readonly number[];
  readonly loss: number;
}

class Adder extends nn.Module {
  readonly rnn: Layer;
  readonly head: nn.Linear;

  constructor({ make }: Net, hidden: number) {
    super();
    this.rnn = make(hidden);
    this.head = new nn.Linear(hidden, 1);
  }
}

/** Norm of dL/dh_t for every t, where the loss is that of the answer after the last step only. */
async function measure(device: Device, model: Adder, { length, batch, seed }: Sizes): Promise<number[]> {
  const program = await compile(device, model, {
    inputs: { x: float32([batch, length, 2]), y: adding.targetSpec(batch, length) },
    fn: ({ x, y }) => {
      const { outputs, layers } = model.rnn.inspect(x);
      const loss = adding.loss(model.head.forward(outputs), y);
      return { norms: nn.gradientNorms(loss, layers)[0] as Value };
    },
    seed,
  });
  const { norms } = await program.run(adding.make(seededRandom(seed), batch, length));
  const found = Array.from(await norms.read());
  program.dispose();
  return found;
}

export async function atInitialisation(device: Device, net: Net, sizes: Sizes): Promise<number[]> {
  const model = new Adder(net, sizes.hidden);
  const norms = await measure(device, model, sizes);
  model.dispose(device);
  return norms;
}

/** Plain gradient descent: Adam's division by the gradient's size would hide what clipping is for. */
export async function afterTraining(device: Device, net: Net, sizes: Sizes, isClipped: boolean): Promise<Training> {
  const { batch, length, steps, lr, clip, seed } = sizes;
  const model = new Adder(net, sizes.hidden);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([batch, length, 2]), y: adding.targetSpec(batch, length) },
    loss: ({ x, y }) => adding.loss(model.head.forward(model.rnn.forward(x)[0]), y),
    optimizer: optim.sgd({ learningRate: lr, momentum: 0.9 }),
    ...(isClipped ? { clipNorm: clip } : {}),
    // where it goes astray is what the figure shows
    onNonFinite: "continue",
    seed,
  });
  const random = seededRandom(seed + 1);
  const gradNorms: number[] = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const result = await trainer.step(adding.make(random, batch, length));
    loss = result.loss;
    gradNorms.push(result.gradNorm);
    if (!Number.isFinite(loss) || !Number.isFinite(result.gradNorm)) break;
  }
  trainer.dispose();
  const norms = Number.isFinite(loss) ? await measure(device, model, sizes) : null;
  model.dispose(device);
  return { norms: norms?.every(Number.isFinite) ? norms : null, gradNorms, loss };
}
