// nn.RNN, nn.GRU and nn.LSTM with weights taken from TensorFlow.js' layers: the same outputs for the same inputs, and the
// same gradients of parameters, inputs and initial state.
import { type RNN as KerasRNN, layers as keras } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  compile,
  type Device,
  float32,
  fromKeras,
  gradients,
  type KerasTensor,
  mul,
  openDevice,
  sum,
  type Tensor,
  toKeras,
  type Value,
} from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { layerOf, runLayer } from "../cases/support/recurrent-layers.ts";
import { scaled, tolerance } from "../support/tolerance.ts";
import { numbers } from "./support.ts";
import { gradientsOf, startTensorFlow, tf, variable, weighted } from "./tensorflow.ts";

let device: Device;
beforeAll(async () => {
  await startTensorFlow();
  device = await openDevice();
});
afterAll(() => device.dispose());

interface Comparison {
  readonly kind: keyof typeof NAMES;
  readonly batch: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
  readonly state?: boolean;
  readonly bias?: boolean;
  readonly activation?: "tanh" | "relu" | "sigmoid";
  readonly gates?: "sigmoid" | "hardSigmoid";
  readonly bidirectional?: "concat" | "sum" | "ave" | "mul";
}

const NAMES = { SimpleRNN: "RNN", GRU: "GRU", LSTM: "LSTM" } as const;
const MERGES = { concat: "concat", sum: "sum", ave: "average", mul: "multiply" } as const;

/** TensorFlow.js' layer with weights of our own, and these as it gives them back. */
function theirLayer(c: Comparison, seed: number) {
  const { kind, batch, time, input, hidden, bias = true, activation = "tanh", gates = "sigmoid", bidirectional } = c;
  const options = {
    units: hidden,
    activation,
    useBias: bias,
    returnSequences: true,
    // overwritten below; the default takes seconds
    recurrentInitializer: "zeros" as const,
  };
  const single =
    kind === "SimpleRNN"
      ? keras.simpleRNN(options)
      : kind === "GRU"
        ? keras.gru({ ...options, recurrentActivation: gates })
        : keras.lstm({ ...options, recurrentActivation: gates });
  const layer = bidirectional ? keras.bidirectional({ layer: single as KerasRNN, mergeMode: bidirectional }) : single;
  layer.build([batch, time, input]);
  const scale = 1 / Math.sqrt(hidden);
  layer.setWeights(
    layer.getWeights().map(({ shape, size }, i) => tf.tensor(numbers(seed + i, size, scale), shape) as never),
  );
  const weights = layer.getWeights().map((each) => ({ shape: each.shape, data: each.dataSync() as Float32Array }));
  return { layer, weights };
}

function theirs(c: Comparison, x: Float32Array, h: Float32Array, cell: Float32Array, cotangent: Float32Array) {
  const { batch, time, input, hidden, state } = c;
  const { layer, weights } = theirLayer(c, 10);
  const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const inputs = {
    x: variable(x, [batch, time, input]),
    ...(state ? { h: variable(h, [batch, hidden]) } : {}),
    ...(state && c.kind === "LSTM" ? { c: variable(cell, [batch, hidden]) } : {}),
  };
  const named = Object.fromEntries(variables.map((each, i) => [`${i}`, each]));
  let outputs: Float32Array | undefined;
  const { gradients: found } = gradientsOf({ ...named, ...inputs }, () => {
    const { x: sequence, ...states } = inputs;
    const initialState = Object.values(states);
    const y = layer.call(sequence, initialState.length > 0 ? { initialState } : {}) as tf.Tensor | tf.Tensor[];
    const sequenceOut = Array.isArray(y) ? (y[0] as tf.Tensor) : y;
    outputs = sequenceOut.dataSync() as Float32Array;
    return weighted(sequenceOut, cotangent);
  });
  const slopes = weights.map(({ shape }, i): KerasTensor => ({ shape, data: found[i] as Float32Array }));
  return { weights, outputs: outputs as Float32Array, slopes, found };
}

const comparisons: readonly Comparison[] = (["SimpleRNN", "GRU", "LSTM"] as const).flatMap((kind): Comparison[] => [
  // TensorFlow.js fails at a single step of a single row
  { kind, batch: 1, time: 2, input: 1, hidden: 1, state: true },
  { kind, batch: 3, time: 7, input: 4, hidden: 5, state: true },
  { kind, batch: 3, time: 5, input: 2, hidden: 6, bias: false, activation: "sigmoid" },
  { kind, batch: 2, time: 4, input: 3, hidden: 5, activation: "relu", gates: "hardSigmoid" },
  { kind, batch: 17, time: 5, input: 9, hidden: 33 },
  { kind, batch: 2, time: 3, input: 31, hidden: 130, state: true },
  { kind, batch: 3, time: 4, input: 2, hidden: 5, bidirectional: "concat" },
  { kind, batch: 2, time: 6, input: 2, hidden: 4, bidirectional: "ave", bias: false },
]);

test.for(comparisons)(
  "$kind, batch $batch, time $time, input $input, hidden $hidden, state $state, bidirectional $bidirectional",
  async (c) => {
    const { kind, batch, time, input, hidden, state = false, bias = true, bidirectional } = c;
    const width = bidirectional === "concat" ? 2 * hidden : hidden;
    const x = numbers(1, batch * time * input);
    const [h, cell] = [numbers(2, batch * hidden), numbers(3, batch * hidden)];
    const cotangent = numbers(4, batch * time * width);
    const want = theirs(c, x, h, cell, cotangent);

    const layer = layerOf(NAMES[kind], input, hidden, {
      resetAfter: false,
      bias,
      activation: c.activation ?? "tanh",
      gateActivation: c.gates === "hardSigmoid" ? "hard_sigmoid" : "sigmoid",
      hardSigmoidSlope: 0.2,
      ...(bidirectional ? { bidirectional: true, merge: MERGES[bidirectional] } : {}),
    });
    const pair = { bidirectional: bidirectional !== undefined, resetAfter: false };
    const dict = fromKeras(kind, want.weights, pair);
    layer.loadStateDict(device, dict);

    const stateSpec = float32([1, batch, hidden]);
    using program = await compile(device, layer, {
      inputs: {
        x: float32([batch, time, input]),
        h: stateSpec,
        c: stateSpec,
        cotangent: float32([batch, time, width]),
      },
      fn: ({ x, h, c, cotangent }) => {
        const { outputs } = runLayer(layer, x, state ? { h, c } : undefined);
        const named: Record<string, Value> = { x, ...(state ? { h } : {}), ...(state && kind === "LSTM" ? { c } : {}) };
        for (const [name, parameter] of layer.namedParameters()) named[name] = parameter;
        const slopes = gradients(sum(mul(outputs, cotangent)), Object.values(named));
        return { outputs, slopes: Object.fromEntries(Object.keys(named).map((name, i) => [name, slopes[i] as Value])) };
      },
    });
    expect(toKeras(kind, await layer.stateDict(device), pair)).toEqual(want.weights);
    const results = await program.run({ x, h, c: cell, cotangent });
    // both engines compute in float32: each may be off by the tolerance
    const bounds = scaled(2, tolerance.recurrent(2 * time, hidden));
    const summed = scaled(Math.sqrt(batch * time), bounds);
    assertClose("outputs", await results.outputs.read(), want.outputs, bounds);
    const found = results.slopes as unknown as Record<string, Tensor>;
    for (const name of ["x", ...(state ? ["h"] : []), ...(state && kind === "LSTM" ? ["c"] : [])]) {
      assertClose(name, await (found[name] as Tensor).read(), want.found[name] as Float32Array, bounds);
    }
    // gradients lie as the weights do; both biases have the one gradient of Keras's
    for (const [name, { data }] of fromKeras(kind, want.slopes, pair)) {
      if (name.startsWith("bias_hh")) continue;
      assertClose(name, await (found[name] as Tensor).read(), data, summed);
      if (name.startsWith("bias_ih")) {
        const other = found[name.replace("bias_ih", "bias_hh")] as Tensor;
        assertClose(`${name}, recurrent`, await other.read(), data, summed);
      }
      expect(data.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    }
    layer.dispose(device);
  },
);
