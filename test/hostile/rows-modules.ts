// A valid call of each layer, of its methods, and of what starts and walks modules: of a method the object first.
import * as sg from "../../src/index.ts";
import { f, i, type Rows } from "./rows.ts";

const { nn } = sg;
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

const cell = () => {
  const { zoneout, bias, singleBias, initializers } = recurrent();
  return { zoneout, bias, singleBias, initializers };
};
const leaky = (hidden: number): sg.nn.RecurrentCell<"h"> => ({
  gates: 1,
  states: { h: hidden },
  step: ({ x, states: { h }, weight }) => ({ states: { h: sg.tanh(sg.add(x, sg.linear(h, weight))) } }),
});

export const modules: Rows = {
  "new nn.Dropout": () => [0.5],
  "new nn.AttentionPooling": () => [4, 3],
  "new nn.BatchNorm": () => [4, { epsilon: 1e-5, momentum: 0.1, affine: false }],
  "new nn.Conv1d": () => [4, 6, 3, { stride: 2, dilation: 2, padding: "causal", groups: 2, bias: false }],
  "new nn.Embedding": () => [5, 4, { paddingIndex: 1 }],
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
  "new nn.GRUCell": () => [
    3,
    4,
    { ...cell(), resetAfter: false, gateActivation: "sigmoid", activation: "elu", gateClip: 1, hardSigmoidSlope: 0.2 },
  ],
  "new nn.LSTM": () => [
    3,
    4,
    {
      ...recurrent(),
      forgetBias: 1,
      peephole: true,
      projectionSize: 2,
      layerNorm: { epsilon: 1e-4, carry: true },
      gateActivation: "hard_sigmoid",
      activation: ["relu", "tanh"],
      outputActivation: { name: "affine", alpha: 0.5, beta: 0.1 },
      hardSigmoidSlope: 0.2,
      cellClip: 1,
      gateClip: 1,
      coupleForget: true,
    },
  ],
  "new nn.LSTMCell": () => [
    3,
    4,
    {
      ...cell(),
      forgetBias: 1,
      peephole: "full",
      projectionSize: 2,
      layerNorm: { epsilon: 1e-4, carry: true },
      gateActivation: "hard_sigmoid",
      activation: "relu",
      outputActivation: "tanh",
      hardSigmoidSlope: 0.2,
      cellClip: 1,
      gateClip: 1,
      coupleForget: true,
    },
  ],
  "new nn.LayerNorm": () => [4, { epsilon: 1e-5, bias: true }],
  "new nn.Linear": () => [3, 4, { bias: true }],
  "new nn.MinGRU": () => [3, 4, { ...minimal, activation: "g" }],
  "new nn.MinLSTM": () => [3, 4, { ...minimal, activation: "tanh" }],
  "new nn.RMSNorm": () => [4, { epsilon: 1e-5 }],
  "new nn.RNN": () => [
    3,
    4,
    { ...recurrent(), activation: "relu", negativeSlope: 0.1, hardSigmoidSlope: 0.2, gateClip: 1 },
  ],
  "new nn.RNNCell": () => [
    3,
    4,
    { ...cell(), activation: "relu", negativeSlope: 0.1, hardSigmoidSlope: 0.2, gateClip: 1 },
  ],
  "new nn.Recurrent": () => [3, 4, leaky, recurrent()],
  "Dropout#forward": () => [new nn.Dropout(0.5), f(2, 3)],
  "AttentionPooling#forward": () => [new nn.AttentionPooling(4), f(2, 3, 4), { lengths: i(2) }],
  "BatchNorm#forward": () => [new nn.BatchNorm(4), f(2, 3, 4), { lengths: i(2) }],
  "Conv1d#forward": () => [new nn.Conv1d(4, 6, 3), f(2, 5, 4), { lengths: i(2) }],
  "Conv1d#outputLength": () => [new nn.Conv1d(4, 6, 3), 5],
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
  "RMSNorm#forward": () => [new nn.RMSNorm(4), f(2, 4)],
  "RNN#forward": () => [new nn.RNN(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "RNN#inspect": () => [new nn.RNN(3, 4), f(2, 5, 3), f(1, 2, 4), sequence()],
  "RNN#stateSpec": () => [new nn.RNN(3, 4), 2],
  "RNNCell#forward": () => [new nn.RNNCell(3, 4), f(2, 3), f(2, 4)],
  "RNNCell#stateSpec": () => [new nn.RNNCell(3, 4), 2],
  "Recurrent#forward": () => [new nn.Recurrent(3, 4, leaky), f(2, 5, 3), { h: f(1, 2, 4) }, sequence()],
  "Recurrent#inspect": () => [new nn.Recurrent(3, 4, leaky), f(2, 5, 3), { h: f(1, 2, 4) }, sequence()],
  "Recurrent#stateSpec": () => [new nn.Recurrent(3, 4, leaky), 2],
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
};
