// Sequences as they come: padding, streams in pieces, rows that begin anew, truncated backpropagation.
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  type Device,
  float32,
  full,
  gradients,
  int32,
  mul,
  nn,
  slice,
  stopGradient,
  sum,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import type { CellKind } from "../../reference/recurrent/layers.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertSame } from "../support/assert.ts";
import {
  type AnyLayer,
  layerOf,
  lengthsFor,
  parametersFor,
  runLayer,
  stateShapes,
} from "../support/recurrent-layers.ts";

const KINDS = ["RNN", "GRU", "LSTM"] as const;

const floats = ({ data }: NdArray) => Float32Array.from(data);

/** Gives a layer's parameters the numbers that all tests here use. */
function setParameters(device: Device, layer: nn.Module): void {
  const numbers = [...parametersFor(layer as AnyLayer)];
  layer.loadStateDict(device, new Map(numbers.map(([name, x]) => [name, { shape: x.shape, data: floats(x) }])));
}

const stateSpecs = (layer: AnyLayer, batch: number) =>
  Object.fromEntries(
    Object.entries(stateShapes(layer, batch)).map(([name, shape]) => [name, float32(shape, { default: 0 })]),
  );

type Named = Record<string, Float32Array>;

/** Reads a record of tensors. */
async function readAll(tensors: unknown): Promise<Named> {
  const entries = Object.entries(tensors as Record<string, Tensor>);
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, tensor]) => [name, (await tensor.read()) as Float32Array] as const)),
  );
}

/** Σ weights · outputs plus the squares of the states, and its gradients. */
function lossOf(outputs: Value, states: Readonly<Record<string, Value>>, weights: Value): Value {
  return Object.values(states).reduce((total, state) => add(total, sum(mul(state, state))), sum(mul(outputs, weights)));
}

function gradientsByName(loss: Value, layer: nn.Module, more: Readonly<Record<string, Value>> = {}) {
  const named: Record<string, Value> = { ...more };
  for (const [name, parameter] of layer.namedParameters()) named[name] = parameter;
  const found = gradients(loss, Object.values(named));
  return Object.fromEntries(Object.keys(named).map((name, i) => [`d ${name}`, found[i] as Value]));
}

const paddedLayers: readonly (readonly [CellKind, nn.RecurrentOptions & nn.LSTMOptions & nn.GRUOptions])[] = [
  ...KINDS.flatMap((kind) => [
    [kind, { bidirectional: true, numLayers: 2 }] as const,
    [kind, { checkpointEvery: 4 }] as const,
    [kind, { zoneout: 0.2, recurrentDropout: 0.5, reverse: true }] as const,
  ]),
  ["GRU", { resetAfter: false, reverse: true }],
  ["GRU", { gateActivation: "hard_sigmoid" }],
  ["LSTM", { layerNorm: true, peephole: true }],
  ["LSTM", { projectionSize: 2, cellClip: 0.5, checkpointEvery: 2 }],
];

/** Whatever stands in the padding, numbers that are none included, all results keep their bits. */
async function padding({ device }: CaseContext): Promise<void> {
  const [batch, time, input, hidden] = [3, 6, 2, 4];
  const lengths = Int32Array.from(lengthsFor(batch, time).data);
  class Layers extends nn.Module {
    list = paddedLayers.map(([kind, options]) => layerOf(kind, input, hidden, options));
  }
  const model = new Layers();
  for (const layer of model.list) setParameters(device, layer);
  const filledWith = async (values: readonly number[]) => {
    const x = floats(uniform([batch, time, input], 1));
    for (let i = 0; i < x.length; i++) {
      const row = Math.floor(i / (time * input));
      if (Math.floor(i / input) % time >= (lengths[row] as number)) x[i] = values[i % values.length] as number;
    }
    // each run draws its own masks: the first of a fresh replay is compared
    using fresh = await compile(device, model, {
      training: true,
      seed: 3,
      inputs: { x: float32([batch, time, input]), lengths: int32([batch]) },
      fn: ({ x, lengths }) =>
        model.list.map((layer) => {
          const { outputs, states } = runLayer(layer, x, undefined, { lengths });
          const loss = lossOf(outputs, states, full(outputs.shape, 0.7));
          return { outputs, ...states, ...gradientsByName(loss, layer, { x }) };
        }),
    });
    fresh.replay.poison();
    const results = await fresh.run({ x, lengths });
    return Promise.all(results.map(readAll));
  };
  const wanted = await filledWith([0]);
  const got = await filledWith([Number.NaN, 1e30, Number.NEGATIVE_INFINITY, 0.5, Number.NaN]);
  for (const [i, [kind, options]] of paddedLayers.entries()) {
    for (const [name, want] of Object.entries(wanted[i] as Named)) {
      const what = `${kind} ${JSON.stringify(options)}: ${name}`;
      assertSame(what, (got[i] as Named)[name] as Float32Array, want);
    }
  }
  for (const [i, results] of wanted.entries()) {
    const label = JSON.stringify(paddedLayers[i]);
    const row = (results["d x"] as Float32Array).subarray(2 * time * input, 3 * time * input);
    const end = (lengths[2] as number) * input;
    assert(
      row.subarray(end).every((value) => value === 0),
      `${label}: a gradient flows into the padding`,
    );
    assert(
      row.subarray(0, end).some((value) => value !== 0),
      `${label}: no gradient of x`,
    );
  }
  model.dispose(device);
}

const streamed: readonly (readonly [CellKind, nn.LSTMOptions & nn.GRUOptions])[] = [
  ...KINDS.flatMap((kind) => [[kind, {}] as const, [kind, { numLayers: 2, zoneout: 0.1 }] as const]),
  ["GRU", { resetAfter: false }],
  ["LSTM", { peephole: true, projectionSize: 3, trainableState: true }],
];

/** The state stays on the GPU from piece to piece; some rows begin anew in the middle. */
async function streaming({ device }: CaseContext): Promise<void> {
  const [batch, time, input, hidden] = [3, 8, 2, 5];
  const x = floats(uniform([batch, time, input], 1));
  const pieceOf = (from: number, size: number) =>
    Float32Array.from({ length: batch * size * input }, (_, i) => {
      const [row, rest] = [Math.floor(i / (size * input)), i % (size * input)];
      return x[(row * time + from) * input + rest] as number;
    });
  for (const [kind, options] of streamed) {
    const layer = layerOf(kind, input, hidden, options);
    setParameters(device, layer);
    const width = layer.outputSize;
    /** Outputs [batch, time, width] and states, from steps [from, time) in pieces; `restart` rows begin anew at `at`. */
    const run = async (size: number, { from = 0, at = -1, given = true } = {}) => {
      using compiled = await compile(device, layer, {
        inputs: { x: float32([batch, size, input]), state: stateSpecs(layer, batch), reset: float32([batch]) },
        fn: ({ x, state, reset }) => {
          const { outputs, states } = runLayer(layer, x, given ? state : undefined, { reset });
          return { outputs, states };
        },
      });
      const outputs = new Float32Array(batch * time * width);
      let state: Record<string, Tensor> | undefined;
      for (let t = from; t < time; t += size) {
        // without a state that is given, every row begins anew at the first step
        const fresh = t === from ? [1, 1, 1] : t === at ? [0, 1, 0] : [0, 0, 0];
        const data = { x: pieceOf(t, size), reset: Float32Array.from(fresh), ...(state ? { state } : {}) };
        const result = await compiled.run(data as never);
        const piece = await result.outputs.read();
        for (let row = 0; row < batch; row++) {
          outputs.set(piece.subarray(row * size * width, (row + 1) * size * width), (row * time + t) * width);
        }
        state = result.states as unknown as Record<string, Tensor>;
        if (!given) break;
      }
      return { outputs, states: await readAll(state) };
    };
    const label = `${kind} ${JSON.stringify(options)}`;
    const whole = await run(time);
    const bounds = tolerance.recurrent(2 * time, hidden);
    for (const size of [4, 1]) {
      const pieces = await run(size);
      assertClose(`${label} in pieces of ${size}`, pieces.outputs, whole.outputs, bounds);
      for (const [name, state] of Object.entries(pieces.states)) {
        assertClose(`${label} in pieces of ${size}: ${name}`, state, whole.states[name] as Float32Array, bounds);
      }
    }
    const [reset, kept, fresh] = [await run(4, { at: 4 }), await run(4), await run(4, { from: 4, given: false })];
    for (let row = 0; row < batch; row++) {
      const part = ({ outputs }: { outputs: Float32Array }) =>
        outputs.subarray((row * time + 4) * width, (row + 1) * time * width);
      assertSame(`${label}: row ${row} after a reset of row 1`, part(reset), part(row === 1 ? fresh : kept));
    }
    layer.dispose(device);
  }
}

/** Windows that carry the state give the gradient of the same windows in one graph, cut by stopGradient. */
async function truncated({ device }: CaseContext): Promise<void> {
  const [batch, time, input, hidden] = [2, 12, 3, 5];
  const x = floats(uniform([batch, time, input], 1));
  for (const kind of KINDS) {
    const layer = layerOf(kind, input, hidden);
    setParameters(device, layer);
    const specs = { x: float32([batch, time, input]) };
    const terms = (outputs: Value) => sum(mul(outputs, mul(outputs, outputs)));
    /** In one graph, the state cut between windows or not. */
    const inOne = async (size: number, cut: (state: Value) => Value) => {
      using compiled = await compile(device, layer, {
        inputs: specs,
        fn: ({ x }) => {
          let [loss, state]: [Value | undefined, Record<string, Value> | undefined] = [undefined, undefined];
          for (let t = 0; t < time; t += size) {
            const result = runLayer(layer, slice(x, 1, t, t + size), state);
            const own = terms(result.outputs);
            loss = loss ? add(loss, own) : own;
            state = Object.fromEntries(Object.entries(result.states).map(([name, value]) => [name, cut(value)]));
          }
          return gradientsByName(loss as Value, layer);
        },
      });
      return readAll(await compiled.run({ x }));
    };
    /** One program per window, run over and over with the state that it left. */
    const inWindows = async (size: number) => {
      using compiled = await compile(device, layer, {
        inputs: { x: float32([batch, size, input]), state: stateSpecs(layer, batch) },
        fn: ({ x, state }) => {
          const { outputs, states } = runLayer(layer, x, state);
          return { states, found: gradientsByName(terms(outputs), layer) };
        },
      });
      const total: Named = {};
      let state: unknown;
      for (let t = 0; t < time; t += size) {
        const piece = Float32Array.from({ length: batch * size * input }, (_, i) => {
          const row = Math.floor(i / (size * input));
          return x[(row * time + t) * input + (i % (size * input))] as number;
        });
        const result = await compiled.run({ x: piece, ...(state ? { state } : {}) } as never);
        state = result.states;
        for (const [name, values] of Object.entries(await readAll(result.found))) {
          total[name] = values.map((value, i) => value + ((total[name] ?? [])[i] ?? 0));
        }
      }
      return total;
    };
    const bounds = tolerance.recurrent(2 * time, 8 * hidden);
    const [entire, whole] = [await inOne(time, (state) => state), await inWindows(time)];
    for (const size of [time, 4, 3]) {
      const [one, cut, windows] = [
        await inOne(size, (state) => state),
        await inOne(size, stopGradient),
        await inWindows(size),
      ];
      let apart = 0;
      for (const [name, want] of Object.entries(entire)) {
        assertClose(`${kind} ${name}, windows of ${size} without a cut`, one[name] as Float32Array, want, bounds);
        assertClose(
          `${kind} ${name}, windows of ${size}`,
          windows[name] as Float32Array,
          cut[name] as Float32Array,
          bounds,
        );
        for (const [i, value] of (cut[name] as Float32Array).entries()) {
          apart = Math.max(apart, Math.abs(value - (want[i] as number)));
        }
      }
      assert(size === time || apart > 1e-2, `${kind}: windows of ${size} give the full gradient`);
    }
    for (const [name, want] of Object.entries(entire)) {
      assertClose(`${kind} ${name}, one window`, whole[name] as Float32Array, want, bounds);
    }
    layer.dispose(device);
  }
}

export const recurrentSequenceCases: readonly Case[] = [
  { name: "recurrent layers: padding changes nothing", run: padding },
  { name: "recurrent layers: streams", run: streaming },
  { name: "recurrent layers: truncated backpropagation", run: truncated },
];
