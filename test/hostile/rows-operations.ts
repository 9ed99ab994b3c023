// A valid call of each operation, loss and optimizer: the arguments.
import * as sg from "../../src/index.ts";
import { f, i, type Rows } from "./rows.ts";

const { nn } = sg;
const unary = "abs cos exp log neg reciprocal relu rsqrt sigmoid sign silu sin softplus sqrt square tanh".split(" ");
const binary = "add div equal greater greaterEqual less lessEqual maximum minimum mul pow sub".split(" ");
const each = (names: readonly string[], row: () => readonly unknown[]): Rows =>
  Object.fromEntries(names.map((name) => [name, row]));

const attention = () => ({
  causal: true,
  lengths: i(2),
  mask: f(2, 1, 3, 5),
  bias: f(4, 3, 5),
  scale: 0.5,
  dropout: 0.1,
  alibi: false,
});
const scanCell = (h: sg.Value, x: sg.Value) => [sg.add(h, x), h] as const;

export const operations: Rows = {
  ...each(unary, () => [f(2, 3)]),
  ...each(binary, () => [f(2, 3), f(3)]),
  advanceLengths: () => [i(2), 1],
  alibiSlopes: () => [4],
  argmax: () => [f(2, 3), 1],
  attentionWeights: () => [f(2, 4, 3, 8), f(2, 2, 5, 8), (({ dropout: _, ...rest }) => rest)(attention())],
  broadcastTo: () => [f(1, 3), [2, 3]],
  cachePositions: () => [i(2), 3],
  cacheReorder: () => [f(2, 2, 16, 8), i(2), i(2)],
  cacheSpec: () => [{ batch: 2, kvHeads: 2, capacity: 16, dim: 8 }],
  cacheWrite: () => [f(2, 2, 16, 8), f(2, 2, 3, 8), i(2)],
  cachedAttention: () => [
    f(2, 4, 1, 8),
    f(2, 2, 16, 8),
    f(2, 2, 16, 8),
    { lengths: i(2), causal: true, scale: 1, alibi: false },
  ],
  attentionScores: () => [f(2, 4, 3, 8), f(2, 2, 5, 8), { scale: 0.5 }],
  cumsum: () => [f(2, 3), 1, { exclusive: true, reverse: true }],
  oneHot: () => [i(2, 3), 4],
  squeeze: () => [f(2, 1, 3), 1],
  topk: () => [f(2, 3), 2, 1],
  cast: () => [f(2, 3), "int32"],
  take: () => [f(4, 3), i(2), 0],
  takeAlongAxis: () => [f(4, 3), i(2, 3), 0],
  "Value#toString": () => [f(2, 3)],
  checkpoint: () => [(x: sg.Value) => sg.tanh(x), f(2, 3)],
  clamp: () => [f(2, 3), -1, 1],
  concat: () => [[f(2, 3), f(2, 3)], 0],
  dropout: () => [f(2, 3), 0.5],
  elu: () => [f(2, 3), 1],
  embedding: () => [i(2, 3), f(5, 4)],
  flip: () => [f(2, 3), 1],
  float32: () => [[2, 3], { default: 0 }],
  int32: () => [[2, 3], { default: 0 }],
  full: () => [[2, 3], 1],
  gelu: () => [f(2, 3), "tanh"],
  glu: () => [f(2, 4), "silu"],
  gradients: () => {
    const x = f(2);
    return [sg.sum(sg.square(x)), [x]];
  },
  gru: () => [f(3, 2, 12), f(12, 4), f(12), f(2, 4), { resetAfter: true, lengths: i(2) }],
  hardSigmoid: () => [f(2, 3), 0.2, 0.5],
  layerNorm: () => [f(2, 3), f(3), f(3), { epsilon: 1e-5, axes: [1] }],
  leakyRelu: () => [f(2, 3), 0.01],
  linear: () => [f(2, 3), f(4, 3), f(4)],
  linearScan: () => [f(4, 2), f(4, 2), f(2), { reverse: true }],
  logSoftmax: () => [f(2, 3), 1],
  lstm: () => [f(3, 2, 16), f(16, 4), f(2, 4), f(2, 4), { reverse: false, biasHh: f(16) }],
  maskSteps: () => [f(3, 2, 4), i(2)],
  maskedSoftmax: () => [f(2, 3), f(2, 3), 1],
  matmul: () => [f(2, 3), f(3, 4), { transposeA: false, transposeB: false, bias: f(4) }],
  max: () => [f(2, 3), [1], { keepDims: true }],
  mean: () => [f(2, 3), [1], { keepDims: true }],
  min: () => [f(2, 3), 1, { keepDims: true }],
  naiveAttention: () => [f(2, 4, 3, 8), f(2, 2, 5, 8), f(2, 2, 5, 8), attention()],
  permute: () => [f(2, 3), [1, 0]],
  queryAttention: () => [f(2, 4), f(2, 5, 4), f(2, 5, 6), { v: f(4), lengths: i(2) }],
  randomUniform: () => [[2, 3]],
  reshape: () => [f(2, 3), [3, 2]],
  reverseSequence: () => [f(3, 2, 4), i(2)],
  rmsNorm: () => [f(2, 3), f(3), { epsilon: 1e-5, axes: 1 }],
  rnn: () => [f(3, 2, 4), f(4, 4), f(2, 4), { activation: "tanh", negativeSlope: 0.1, lengths: i(2) }],
  rope: () => [f(2, 4, 3, 8), { base: 10_000, offset: 2, pairs: "half" }],
  scalar: () => [1],
  scaledDotProductAttention: () => [f(2, 4, 3, 8), f(2, 2, 5, 8), f(2, 2, 5, 8), attention()],
  scan: () => [f(4, 2), f(2), scanCell, { reverse: true, checkpointEvery: 2 }],
  select: () => [f(2, 3), f(2, 3), 1],
  sinusoidalPositions: () => [3, 4, { base: 10_000, offset: 2 }],
  slice: () => [f(4, 3), 0, 1, 3],
  softmax: () => [f(2, 3), 1],
  split: () => [f(4, 3), 2, 0],
  stack: () => [[f(2), f(2)], 0],
  stopGradient: () => [f(2, 3)],
  sum: () => [f(2, 3), [1], { keepDims: true }],
  toFloat16: () => [f(2, 4)],
  toFloat32: () => [sg.toFloat16(f(2, 4))],
  transpose: () => [f(2, 3), 0, 1],
  zeros: () => [[2, 3]],
  "losses.binaryCrossEntropy": () => [f(2, 3), f(2, 3), { weights: f(2), reduction: "sum" }],
  "losses.crossEntropy": () => [f(2, 3), i(2)],
  "losses.cosineDistance": () => [f(2, 3), f(2, 3), { weights: f(2), reduction: "sum" }],
  "losses.ctc": () => [
    f(2, 5, 4),
    i(2, 2),
    { lengths: i(2), targetLengths: i(2), blank: 1, zeroInfinity: true, weights: f(2), reduction: "none" },
  ],
  "losses.hinge": () => [f(2, 3), f(2, 3), { margin: 0.5, weights: f(2), reduction: "sum" }],
  "losses.huber": () => [f(2, 3), f(2, 3), { delta: 0.5, weights: f(2), reduction: "sum" }],
  "losses.klDivergence": () => [f(2, 3), f(2, 3), { logTargets: true, weights: f(2), reduction: "sum" }],
  "losses.quantile": () => [f(2, 3), f(2, 3), { quantile: 0.9, weights: f(2, 3), reduction: "sum" }],
  "losses.meanAbsoluteError": () => [f(2, 3), f(2, 3), { weights: f(2), reduction: "sum" }],
  "losses.meanSquaredError": () => [f(2, 3), f(2, 3), { weights: f(2), reduction: "sum" }],
  "new Parameter": () => [[2, 3], nn.initializers.zero],
};

const rate = () => ({
  learningRate: 0.1,
  weightDecay: 0.1,
  decays: () => true,
  groups: [{ parameters: "*.bias", rateFactor: 2 }],
});
export const optimizers: Rows = {
  "optim.adagrad": () => [{ ...rate(), epsilon: 1e-8 }],
  "optim.adam": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8, amsgrad: true }],
  "optim.adamW": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8, amsgrad: false }],
  "optim.lion": () => [{ ...rate(), beta1: 0.9, beta2: 0.9 }],
  "optim.muon": () => [
    { ...rate(), matrices: "*", momentum: 0.9, nesterov: false, iterations: 4, epsilon: 1e-7, scale: "rms", adamW: {} },
  ],
  "optim.nadam": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8 }],
  "optim.nadamW": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8 }],
  "optim.rmsprop": () => [{ ...rate(), smoothing: 0.9, momentum: 0.5, epsilon: 1e-8 }],
  "optim.sgd": () => [{ ...rate(), momentum: 0.5, dampening: 0.1, nesterov: false }],
};
