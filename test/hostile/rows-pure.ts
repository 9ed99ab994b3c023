// A valid call of each function that only traces or computes: the arguments; of a method the object first.
import * as sg from "../../src/index.ts";
import { input } from "../plan/support.ts";

const { nn } = sg;
const f = (...shape: number[]) => input(shape);
const i = (...shape: number[]) => input(shape, "int32");

export type Rows = Readonly<Record<string, () => readonly unknown[]>>;

const unary = "abs cos exp log neg reciprocal relu rsqrt sigmoid sign silu sin softplus sqrt square tanh".split(" ");
const binary = "add div equal greater greaterEqual less lessEqual maximum minimum mul power sub".split(" ");
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
const recurrent = () => ({
  numLayers: 2,
  bidirectional: true,
  reverse: false,
  merge: "sum",
  dropout: 0.1,
  inputDropout: 0.1,
  recurrentDropout: 0.1,
  zoneout: { h: 0.1 },
  bias: true,
  singleBias: false,
  trainableState: true,
  initializers: { input: nn.initializers.glorotUniform },
  checkpointEvery: 2,
});
const sequence = () => ({ lengths: i(2), reset: f(2) });
const { recurrentDropout: _, zoneout: __, singleBias: ___, ...minimal } = recurrent();
const transformer = () => ({ dimFeedforward: 8, dropout: 0.1, activation: "gelu", normFirst: true, bias: true });
const mha = () => new nn.MultiheadAttention(8, 2);
const cache = () => ({ key: f(2, 2, 16, 8), value: f(2, 2, 16, 8) });
const place = () => ({ position: i(2), lengths: i(2) });
const seq2seq = () => new nn.Seq2Seq(7, 9, { embedding: 4, hidden: 6 });
type DecoderCache = ReturnType<InstanceType<typeof nn.TransformerDecoder>["cacheSpec"]>;
/** Inputs of a decoder's cache, by its own specs. */
function decoderCache(decoder: InstanceType<typeof nn.TransformerDecoder>): unknown {
  const inputs = (tree: unknown): unknown => {
    if (Array.isArray(tree)) return tree.map(inputs);
    const { shape, dtype } = tree as sg.Spec;
    if (shape) return input(shape, dtype);
    return Object.fromEntries(Object.entries(tree as DecoderCache).map(([name, part]) => [name, inputs(part)]));
  };
  return inputs(decoder.cacheSpec({ batch: 2, capacity: 16, sources: 5 }));
}
const matrix = () => ({ shape: [2, 2], data: new Float32Array(4) });
const scanCell = (h: sg.Value, x: sg.Value) => [sg.add(h, x), h] as const;

const operations: Rows = {
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
  cast: () => [f(2, 3), "int32"],
  take: () => [f(4, 3), i(2), 0],
  takeAlongAxis: () => [f(4, 3), i(2, 3), 0],
  checkpoint: () => [(x: sg.Value) => sg.tanh(x), f(2, 3)],
  clamp: () => [f(2, 3), -1, 1],
  concat: () => [[f(2, 3), f(2, 3)], 0],
  dropout: () => [f(2, 3), 0.5],
  elu: () => [f(2, 3), 1],
  embedding: () => [i(2, 3), f(5, 4)],
  flip: () => [f(2, 3), 1],
  float32: () => [[2, 3]],
  int32: () => [[2, 3]],
  full: () => [[2, 3], 1],
  gelu: () => [f(2, 3), "tanh"],
  glu: () => [f(2, 4), "silu"],
  gradients: () => {
    const x = f(2);
    return [sg.sum(sg.square(x)), [x]];
  },
  gru: () => [f(3, 2, 12), f(12, 4), f(12), f(2, 4), { resetAfter: true, lengths: i(2) }],
  hardSigmoid: () => [f(2, 3), 0.2, 0.5],
  layerNorm: () => [f(2, 3), f(3), f(3), 1e-5],
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
  rmsNorm: () => [f(2, 3), f(3), 1e-5],
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
  "losses.binaryCrossEntropy": () => [f(2, 3), f(2, 3)],
  "losses.crossEntropy": () => [f(2, 3), i(2)],
  "losses.meanAbsoluteError": () => [f(2, 3), f(2, 3)],
  "losses.meanSquaredError": () => [f(2, 3), f(2, 3)],
  "new Parameter": () => [[2, 3], nn.initializers.zero],
};

const rate = () => ({ learningRate: 0.1, weightDecay: 0.1, decays: () => true });
const optimizers: Rows = {
  "optim.adagrad": () => [{ ...rate(), epsilon: 1e-8 }],
  "optim.adam": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8 }],
  "optim.adamW": () => [{ ...rate(), beta1: 0.9, beta2: 0.9, epsilon: 1e-8 }],
  "optim.rmsprop": () => [{ ...rate(), smoothing: 0.9, momentum: 0.5, epsilon: 1e-8 }],
  "optim.sgd": () => [{ ...rate(), momentum: 0.5, dampening: 0.1, nesterov: false }],
};

const modules: Rows = {
  "new nn.AdditiveAttention": () => [4, 6, 5],
  "new nn.Dropout": () => [0.5],
  "new nn.Embedding": () => [5, 4],
  "new nn.GRU": () => [
    3,
    4,
    {
      ...recurrent(),
      resetAfter: true,
      gateActivation: "sigmoid",
      activation: "tanh",
      gateClip: 1,
      hardSigmoidSlope: 0.2,
    },
  ],
  "new nn.GRUCell": () => [3, 4, true],
  "new nn.LSTM": () => [
    3,
    4,
    {
      ...recurrent(),
      forgetBias: 1,
      peephole: true,
      projectionSize: 2,
      layerNorm: true,
      gateActivation: "hard_sigmoid",
      activation: "relu",
      hardSigmoidSlope: 0.2,
      cellClip: 1,
      gateClip: 1,
      coupleForget: true,
    },
  ],
  "new nn.LSTMCell": () => [3, 4],
  "new nn.LayerNorm": () => [4, { epsilon: 1e-5, bias: true }],
  "new nn.Linear": () => [3, 4, { bias: true }],
  "new nn.LuongAttention": () => [4, 6, { score: "general" }],
  "new nn.MinGRU": () => [3, 4, { ...minimal, activation: "g" }],
  "new nn.MinLSTM": () => [3, 4, { ...minimal, activation: "tanh" }],
  "new nn.MultiheadAttention": () => [8, 4, { bias: true, dropout: 0.1, kvHeads: 2, rope: { base: 10 }, alibi: false }],
  "new nn.RMSNorm": () => [4, { epsilon: 1e-5 }],
  "new nn.RNN": () => [
    3,
    4,
    { ...recurrent(), activation: "relu", negativeSlope: 0.1, hardSigmoidSlope: 0.2, gateClip: 1 },
  ],
  "new nn.RNNCell": () => [3, 4, "tanh"],
  "new nn.Seq2Seq": () => [7, 9, { embedding: 4, hidden: 6, numLayers: 1, dropout: 0.1 }],
  "new nn.TransformerDecoder": () => [8, 2, 2, transformer()],
  "new nn.TransformerDecoderLayer": () => [8, 2, transformer()],
  "new nn.TransformerEncoder": () => [8, 2, 2, transformer()],
  "new nn.TransformerEncoderLayer": () => [8, 2, transformer()],
  "new nn.TransformerLM": () => [7, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 }],
  "Dropout#forward": () => [new nn.Dropout(0.5), f(2, 3)],
  "Embedding#forward": () => [new nn.Embedding(5, 4), i(2, 3)],
  "GRU#forward": () => [new nn.GRU(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "GRU#inspect": () => [new nn.GRU(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "GRU#stateSpec": () => [new nn.GRU(3, 4), 2],
  "GRUCell#forward": () => [new nn.GRUCell(3, 4), f(2, 3), f(2, 4)],
  "GRUCell#stateSpec": () => [new nn.GRUCell(3, 4), 2],
  "LSTM#forward": () => [new nn.LSTM(3, 4), f(2, 5, 3), { h: f(1, 2, 4), c: f(1, 2, 4) }, sequence()],
  "LSTM#inspect": () => [new nn.LSTM(3, 4), f(2, 5, 3), { h: f(1, 2, 4), c: f(1, 2, 4) }, sequence()],
  "LSTM#stateSpec": () => [new nn.LSTM(3, 4), 2],
  "LSTMCell#forward": () => [new nn.LSTMCell(3, 4), f(2, 3), { h: f(2, 4), c: f(2, 4) }],
  "LSTMCell#stateSpec": () => [new nn.LSTMCell(3, 4), 2],
  "LayerNorm#forward": () => [new nn.LayerNorm(4), f(2, 4)],
  "Linear#forward": () => [new nn.Linear(3, 4), f(2, 3)],
  "Minimal#forward": () => [new nn.MinGRU(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "Minimal#inspect": () => [new nn.MinLSTM(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "Minimal#stateSpec": () => [new nn.MinGRU(3, 4), 2],
  "MultiheadAttention#cacheSpec": () => [mha(), { batch: 2, capacity: 16 }],
  "MultiheadAttention#decode": () => [mha(), f(2, 1, 8), cache(), place()],
  "MultiheadAttention#forward": () => [mha(), f(2, 3, 8), f(2, 5, 8), f(2, 5, 8), { causal: true, lengths: i(2) }],
  "MultiheadAttention#recall": () => [mha(), f(2, 1, 8), cache(), i(2)],
  "MultiheadAttention#remember": () => [mha(), f(2, 3, 8), cache()],
  "MultiheadAttention#weights": () => [mha(), f(2, 3, 8), f(2, 5, 8), { causal: true, lengths: i(2) }],
  "RMSNorm#forward": () => [new nn.RMSNorm(4), f(2, 4)],
  "RNN#forward": () => [new nn.RNN(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "RNN#inspect": () => [new nn.RNN(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "RNN#stateSpec": () => [new nn.RNN(3, 4), 2],
  "RNNCell#forward": () => [new nn.RNNCell(3, 4), f(2, 3), f(2, 4)],
  "RNNCell#stateSpec": () => [new nn.RNNCell(3, 4), 2],
  "RecurrentAttention#forward": () => [new nn.AdditiveAttention(4, 6, 5), f(2, 4), f(2, 5, 6), { lengths: i(2) }],
  "RecurrentAttention#prepare": () => [new nn.AdditiveAttention(4, 6, 5), f(2, 5, 6), { lengths: i(2) }],
  "Seq2Seq#encode": () => [seq2seq(), i(2, 5), { lengths: i(2) }],
  "Seq2Seq#forward": () => [seq2seq(), i(2, 5), i(2, 4), { lengths: i(2), teacherForcing: 0.5 }],
  "Seq2Seq#greedy": () => [seq2seq(), i(2, 5), 3, { lengths: i(2) }],
  "Seq2Seq#stateSpec": () => [seq2seq(), 2],
  "Seq2Seq#step": () => {
    const model = seq2seq();
    const { memory, state } = model.encode(i(2, 5));
    return [model, f(2, 4), state, memory];
  },
  "TransformerDecoder#cacheSpec": () => [new nn.TransformerDecoder(8, 2, 1), { batch: 2, capacity: 16, sources: 5 }],
  "TransformerDecoder#decode": () => {
    const decoder = new nn.TransformerDecoder(8, 2, 1);
    return [decoder, f(2, 1, 8), decoderCache(decoder)];
  },
  "TransformerDecoder#forward": () => [
    new nn.TransformerDecoder(8, 2, 1),
    f(2, 3, 8),
    f(2, 5, 8),
    { causal: true },
    { lengths: i(2) },
  ],
  "TransformerDecoder#remember": () => {
    const decoder = new nn.TransformerDecoder(8, 2, 1);
    return [decoder, f(2, 5, 8), decoderCache(decoder), i(2)];
  },
  "TransformerDecoderLayer#cacheSpec": () => [
    new nn.TransformerDecoderLayer(8, 2),
    { batch: 2, capacity: 16, sources: 5 },
  ],
  "TransformerDecoderLayer#decode": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 1, 8),
    { self: cache(), memory: cache() },
    place(),
    i(2),
  ],
  "TransformerDecoderLayer#forward": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 3, 8),
    f(2, 5, 8),
    { causal: true },
    { lengths: i(2) },
  ],
  "TransformerDecoderLayer#remember": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 5, 8),
    { self: cache(), memory: cache() },
  ],
  "TransformerEncoder#cacheSpec": () => [new nn.TransformerEncoder(8, 2, 1), { batch: 2, capacity: 16 }],
  "TransformerEncoder#decode": () => [
    new nn.TransformerEncoder(8, 2, 1),
    f(2, 1, 8),
    { length: i(2), layers: [cache()] },
  ],
  "TransformerEncoder#forward": () => [new nn.TransformerEncoder(8, 2, 1), f(2, 3, 8), { causal: true }],
  "TransformerEncoderLayer#cacheSpec": () => [new nn.TransformerEncoderLayer(8, 2), { batch: 2, capacity: 16 }],
  "TransformerEncoderLayer#decode": () => [new nn.TransformerEncoderLayer(8, 2), f(2, 1, 8), cache(), place()],
  "TransformerEncoderLayer#forward": () => [new nn.TransformerEncoderLayer(8, 2), f(2, 3, 8), { causal: true }],
  "TransformerLM#cacheSpec": () => [lm(), { batch: 2, capacity: 16 }],
  "TransformerLM#decode": () => [lm(), i(2, 1), { length: i(2), layers: [cache()] }, { last: true }],
  "TransformerLM#forward": () => [lm(), i(2, 3), { lengths: i(2) }],
  "Module#namedModules": () => [new nn.Linear(2, 2)],
  "Module#namedParameters": () => [new nn.Linear(2, 2)],
  "Module#parameters": () => [new nn.Linear(2, 2)],
  "nn.namedModules": () => [new nn.Linear(2, 2)],
  "nn.namedParameters": () => [new nn.Linear(2, 2)],
  "nn.gradientNorms": () => {
    const { outputs, layers } = new nn.RNN(3, 4).inspect(f(2, 5, 3));
    return [sg.sum(outputs), layers];
  },
  "nn.initializers.constant": () => [1],
  "nn.initializers.glorotUniform": () => [[2, 3]],
  "nn.initializers.heNormal": () => [[2, 3]],
  "nn.initializers.normal": () => [{ mean: 0, std: 1 }],
  "nn.initializers.orthogonal": () => [{ gain: 1, blocks: 1 }],
  "nn.initializers.truncatedNormal": () => [{ mean: 0, std: 1 }],
  "nn.initializers.uniform": () => [-1, 1],
  "nn.inverseSigmoidForcing": () => [10],
  "nn.linearForcing": () => [{ start: 1, end: 0, steps: 10 }],
};

const lm = () => new nn.TransformerLM(7, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 });

const dataAndFiles: Rows = {
  "new CharTokenizer": () => ["abc"],
  "CharTokenizer.fromJSON": () => [{ type: "characters", characters: ["a"] }],
  "CharTokenizer.fromText": () => ["abc"],
  "CharTokenizer#decode": () => [new sg.CharTokenizer("abc"), [0, 1]],
  "CharTokenizer#encode": () => [new sg.CharTokenizer("abc"), "ab"],
  "CharTokenizer#toJSON": () => [new sg.CharTokenizer("abc")],
  "new StreamBatches": () => [Int32Array.from({ length: 20 }, (_, k) => k), { batch: 2, seqLen: 3 }],
  "StreamBatches#next": () => [new sg.StreamBatches(new Int32Array(20), { batch: 2, seqLen: 3 })],
  encodeSafetensors: () => [new Map([["w", matrix()]]), { note: "text" }],
  decodeSafetensors: () => [sg.encodeSafetensors(new Map([["w", matrix()]])), "w.safetensors"],
  fromKeras: () => [
    "SimpleRNN",
    [matrix(), matrix()],
    { suffix: "_l0", bidirectional: false, resetAfter: true, singleBias: false },
  ],
  toKeras: () => [
    "SimpleRNN",
    sg.fromKeras("SimpleRNN", [matrix(), matrix()]),
    { suffix: "_l0", bidirectional: false, resetAfter: true, singleBias: false },
  ],
  sampleToken: () => [[1, 2, 3], { temperature: 1, topK: 2, topP: 0.9, repetitionPenalty: 1.2 }, () => 0.5, [1]],
  tokenProbabilities: () => [[1, 2, 3], { temperature: 1, topK: 2, topP: 0.9, repetitionPenalty: 1.2 }, [1]],
  seededRandom: () => [1, 0],
  localStorageTuning: () => ["key"],
  indexedDbTuning: () => ["database"],
};

export const pureRows: Rows = { ...operations, ...optimizers, ...modules, ...dataAndFiles };
