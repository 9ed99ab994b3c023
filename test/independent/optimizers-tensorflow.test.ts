// Parameters after several steps against TensorFlow.js, for the rules that both have. (Its RMSprop and Adagrad put
// epsilon under the root, PyTorch's and ours beside it.)
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Device, openDevice, optim, Trainer } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { plus, tolerance } from "../support/tolerance.ts";
import { Classifier, dataOf, inputsOf, theirLoss, variablesOf } from "./classifier.ts";
import { setParameters, tensorOf } from "./support.ts";
import { startTensorFlow, tf } from "./tensorflow.ts";

let device: Device;
beforeAll(async () => {
  await startTensorFlow();
  device = await openDevice();
});
afterAll(() => device.dispose());

const sizes = { tokens: 23, vocabulary: 9, features: 6, classes: 8 };
const STEPS = 12;

interface Pair {
  readonly name: string;
  readonly learningRate: number;
  readonly ours: optim.Optimizer;
  readonly theirs: tf.Optimizer;
  /** Decoupled weight decay, which TensorFlow.js leaves to us. */
  readonly decay?: number;
  readonly clipNorm?: number;
}

const pairs: readonly Pair[] = [
  { name: "SGD", learningRate: 0.1, ours: optim.sgd({ learningRate: 0.1 }), theirs: tf.train.sgd(0.1) },
  {
    name: "SGD, clipped",
    learningRate: 0.1,
    ours: optim.sgd({ learningRate: 0.1 }),
    theirs: tf.train.sgd(0.1),
    clipNorm: 0.4,
  },
  {
    name: "SGD with momentum",
    learningRate: 0.1,
    ours: optim.sgd({ learningRate: 0.1, momentum: 0.9 }),
    theirs: tf.train.momentum(0.1, 0.9),
  },
  {
    name: "SGD with Nesterov's momentum",
    learningRate: 0.1,
    ours: optim.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    theirs: tf.train.momentum(0.1, 0.9, true),
  },
  {
    name: "Adam",
    learningRate: 0.01,
    ours: optim.adam({ learningRate: 0.01, epsilon: 1e-7 }),
    theirs: tf.train.adam(0.01, 0.9, 0.999, 1e-7),
  },
  {
    name: "Adam with other betas",
    learningRate: 0.02,
    ours: optim.adam({ learningRate: 0.02, beta1: 0.7, beta2: 0.95, epsilon: 1e-3 }),
    theirs: tf.train.adam(0.02, 0.7, 0.95, 1e-3),
  },
  {
    name: "AdamW, clipped",
    learningRate: 0.01,
    ours: optim.adamW({ learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-7 }),
    theirs: tf.train.adam(0.01, 0.9, 0.999, 1e-7),
    decay: 0.1,
    clipNorm: 0.4,
  },
];

test.for(pairs)("$name", async ({ learningRate, ours, theirs, decay = 0, clipNorm = 0 }) => {
  const model = new Classifier(sizes);
  const dict = setParameters(device, model, 30, 0.7);
  const variables = variablesOf(model, dict);
  const trainer = await Trainer.create(device, model, {
    inputs: inputsOf(sizes),
    loss: (inputs) => model.loss(inputs),
    optimizer: ours,
    clipNorm,
  });
  // of Adam's update a relative error of its moments remains, whatever the gradient's size
  const bounds = plus(plus(tolerance.adaptive(STEPS, learningRate, 1 - 0.999), tolerance.optimizer(STEPS)), {
    relative: 0,
    absolute: tolerance.softmax(sizes.classes).absolute * STEPS * learningRate * 8,
  });
  let clipped = 0;
  for (let step = 0; step < STEPS; step++) {
    const data = dataOf(sizes, 60 + 2 * step);
    const { loss, gradNorm } = await trainer.step(data);
    const want = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => theirLoss(variables, data), Object.values(variables));
      const norm = Math.sqrt(
        Object.values(grads)
          .map((g) => tf.sum(tf.square(g)).arraySync() as number)
          .reduce((a, b) => a + b),
      );
      const factor = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1;
      if (factor < 1) clipped++;
      if (decay > 0) for (const v of Object.values(variables)) v.assign(tf.mul(v, 1 - learningRate * decay));
      theirs.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(g, factor)])));
      return { loss: value.arraySync() as number, norm };
    });
    assertClose(`loss of step ${step}`, [loss], [want.loss], plus(bounds, tolerance.softmax(sizes.classes)));
    assertClose(`norm of step ${step}`, [gradNorm], [want.norm], plus(bounds, tolerance.softmax(sizes.classes)));
  }
  const after = await trainer.stateDict();
  for (const [name, theirsNow] of Object.entries(variables)) {
    const want = theirsNow.dataSync() as Float32Array;
    assertClose(name, tensorOf(after, name), want, bounds);
    const moved = want.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (tensorOf(dict, name)[i] as number))),
      0,
    );
    expect(moved).toBeGreaterThan(learningRate / 10);
  }
  if (clipNorm > 0) expect(clipped).toBeGreaterThan(0);
  trainer.dispose();
  model.dispose(device);
});
