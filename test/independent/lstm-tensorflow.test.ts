// Gradients of nn.LSTM with respect to parameters, inputs and initial state, against TensorFlow.js' LSTM layer.
import { layers } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { add, compile, type Device, float32, gradients, mul, nn, openDevice, sum, type Value } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { scaled, tolerance } from "../support/tolerance.ts";
import { numbers, setParameters, tensorOf, transposed } from "./support.ts";
import { gradientsOf, startTensorFlow, tf, variable, weighted } from "./tensorflow.ts";

let device: Device;
beforeAll(async () => {
  await startTensorFlow();
  device = await openDevice();
});
afterAll(() => device.dispose());

interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
  readonly state: boolean;
}

/** The loss weighs every output and both final states. */
function dataOf({ batch, time, input, hidden }: Sizes) {
  return {
    x: numbers(1, batch * time * input),
    h0: numbers(2, batch * hidden),
    c0: numbers(3, batch * hidden),
    weights: {
      outputs: numbers(4, batch * time * hidden),
      h: numbers(5, batch * hidden),
      c: numbers(6, batch * hidden),
    },
  };
}

type Data = ReturnType<typeof dataOf>;
type Found = Record<string, ArrayLike<number>>;

async function ours(sizes: Sizes, data: Data): Promise<{ found: Found; loss: number; dict: nn.StateDict }> {
  const { batch, time, input, hidden, state } = sizes;
  const model = new nn.LSTM(input, hidden);
  const dict = setParameters(device, model, 10, 1 / Math.sqrt(hidden));
  const stateSpec = float32([1, batch, hidden]);
  using program = await compile(device, model, {
    inputs: {
      x: float32([batch, time, input]),
      h0: stateSpec,
      c0: stateSpec,
      outputs: float32([batch, time, hidden]),
      h: stateSpec,
      c: stateSpec,
    },
    fn: ({ x, h0, c0, ...weights }) => {
      const [outputs, last] = model.forward(x, state ? { h: h0, c: c0 } : undefined);
      const parts: [Value, Value][] = [
        [outputs, weights.outputs],
        [last.h, weights.h],
        [last.c, weights.c],
      ];
      const loss = parts.map(([value, weight]) => sum(mul(value, weight))).reduce((a, b) => add(a, b));
      const named: Record<string, Value> = { x, ...(state ? { h0, c0 } : {}) };
      for (const [name, parameter] of model.namedParameters()) named[name] = parameter;
      const slopes = gradients(loss, Object.values(named));
      return { loss, slopes: Object.fromEntries(Object.keys(named).map((name, i) => [name, slopes[i] as Value])) };
    },
  });
  const { x, h0, c0, weights } = data;
  const results = await program.run({ x, h0, c0, ...weights });
  const found: Found = {};
  for (const [name, slope] of Object.entries(results.slopes)) found[name] = await slope.read();
  const loss = (await results.loss.read())[0] as number;
  model.dispose(device);
  return { found, loss, dict };
}

function theirs(sizes: Sizes, { x, h0, c0, weights }: Data, dict: nn.StateDict): { found: Found; loss: number } {
  const { batch, time, input, hidden, state } = sizes;
  const layer = layers.lstm({
    units: hidden,
    recurrentActivation: "sigmoid",
    returnSequences: true,
    returnState: true,
    // overwritten below; the default takes seconds
    recurrentInitializer: "zeros",
  });
  layer.build([batch, time, input]);
  const bias = tensorOf(dict, "bias_ih_l0").map((value, i) => value + (tensorOf(dict, "bias_hh_l0")[i] as number));
  layer.setWeights([
    tf.tensor(transposed(tensorOf(dict, "weight_ih_l0"), 4 * hidden, input), [input, 4 * hidden]),
    tf.tensor(transposed(tensorOf(dict, "weight_hh_l0"), 4 * hidden, hidden), [hidden, 4 * hidden]),
    tf.tensor(bias, [4 * hidden]),
  ]);
  const [kernel, recurrent, biasWeight] = layer.trainableWeights.map((weight) => weight.read() as tf.Variable) as [
    tf.Variable,
    tf.Variable,
    tf.Variable,
  ];
  const inputs = {
    x: variable(x, [batch, time, input]),
    ...(state ? { h0: variable(h0, [batch, hidden]), c0: variable(c0, [batch, hidden]) } : {}),
  };
  const { value, gradients: slopes } = gradientsOf({ kernel, recurrent, bias: biasWeight, ...inputs }, () => {
    const kwargs = inputs.h0 && inputs.c0 ? { initialState: [inputs.h0, inputs.c0] } : {};
    const [outputs, h, c] = layer.call(inputs.x, kwargs) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.addN([weighted(outputs, weights.outputs), weighted(h, weights.h), weighted(c, weights.c)]) as tf.Scalar;
  });
  const { kernel: dKernel, recurrent: dRecurrent, bias: dBias, ...rest } = slopes;
  return {
    loss: value,
    found: {
      ...rest,
      weight_ih_l0: transposed(dKernel as Float32Array, input, 4 * hidden),
      weight_hh_l0: transposed(dRecurrent as Float32Array, hidden, 4 * hidden),
      bias_ih_l0: dBias as Float32Array,
      bias_hh_l0: dBias as Float32Array,
    },
  };
}

test.for<Sizes>([
  // TensorFlow.js fails at a single step of a single row
  { batch: 1, time: 2, input: 1, hidden: 1, state: true },
  { batch: 3, time: 2, input: 4, hidden: 5, state: false },
  { batch: 3, time: 7, input: 4, hidden: 5, state: true },
  { batch: 17, time: 5, input: 9, hidden: 33, state: true },
  { batch: 2, time: 11, input: 3, hidden: 64, state: false },
  { batch: 2, time: 3, input: 31, hidden: 130, state: true },
])("batch $batch, time $time, input $input, hidden $hidden, initial state: $state", async (sizes) => {
  const data = dataOf(sizes);
  const { found, loss, dict } = await ours(sizes, data);
  const want = theirs(sizes, data, dict);
  // both engines compute in float32: each may be off by the tolerance
  const bounds = scaled(2, tolerance.recurrent(2 * sizes.time, sizes.hidden));
  // gradients of parameters are sums over batch and time
  const summed = scaled(Math.sqrt(sizes.batch * sizes.time), bounds);
  assertClose("loss", [loss], [want.loss], scaled(Math.sqrt(sizes.batch * sizes.time * sizes.hidden), bounds));
  expect(Object.keys(found).sort()).toEqual(Object.keys(want.found).sort());
  for (const [name, slope] of Object.entries(want.found)) {
    assertClose(name, found[name] as ArrayLike<number>, slope, name.includes("_l0") ? summed : bounds);
    expect(Array.from(slope).some((value) => Math.abs(value) > 1e-3)).toBe(true);
  }
});
