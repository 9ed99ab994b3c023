/**
 * Float64 oracle of `nn.RNN`, `nn.GRU` and `nn.LSTM` with all their options: each row of a batch by itself, for just its
 * own steps, by plain loops over the definitions.
 */
import { array, type NdArray } from "../array.ts";

export type CellKind = "RNN" | "GRU" | "LSTM";

/** By name, or with parameters by ONNX's names. */
export type Activation = string | { readonly name: string; readonly alpha?: number; readonly beta?: number };
export type DirectedActivation = Activation | readonly [forward: Activation, reverse: Activation];

/** The layers' options, under the same names, as far as they change results. */
export interface LayerOptions {
  readonly numLayers?: number;
  readonly bidirectional?: boolean;
  readonly reverse?: boolean;
  readonly merge?: "concat" | "sum" | "average" | "multiply";
  readonly zoneout?: number | { readonly h?: number; readonly c?: number };
  readonly activation?: DirectedActivation;
  readonly gateActivation?: DirectedActivation;
  readonly outputActivation?: DirectedActivation;
  readonly negativeSlope?: number;
  readonly hardSigmoidSlope?: number;
  readonly singleBias?: boolean;
  readonly resetAfter?: boolean;
  readonly peephole?: boolean | "full";
  readonly projectionSize?: number;
  readonly layerNorm?: boolean | { readonly epsilon?: number; readonly carry?: boolean };
  readonly cellClip?: number;
  readonly gateClip?: number;
  readonly coupleForget?: boolean;
  readonly trainableState?: boolean;
}

/** What comes with a run. */
export interface LayerRun {
  /** By name, [layers · directions, batch, size]. */
  readonly states?: Readonly<Record<string, NdArray>> | undefined;
  readonly lengths?: NdArray | undefined;
  /** [batch] */
  readonly reset?: NdArray | undefined;
  /** Of the recurrent connections, [batch, size of h]; of the one direction of the one layer that there is. */
  readonly recurrentMask?: NdArray | undefined;
  /** 1 where a state is renewed, by name, [time, batch, size]; without it zoneout's expectation is taken. */
  readonly renewed?: Readonly<Record<string, NdArray>> | undefined;
  /** [time, batch, size of h], added to h; of the one direction of the one layer that there is. */
  readonly probe?: NdArray | undefined;
}

export type Parameters = Readonly<Record<string, NdArray | undefined>>;
type Vector = readonly number[];
type State = Readonly<Record<string, Vector>>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

type Slopes = Pick<LayerOptions, "negativeSlope" | "hardSigmoidSlope">;

export function activate(
  activation: DirectedActivation,
  x: number,
  { negativeSlope = 0.01, hardSigmoidSlope = 1 / 6 }: Slopes = {},
): number {
  if (Array.isArray(activation)) throw new Error("one activation for each direction");
  const given = activation as Activation;
  const { name, alpha, beta } = typeof given === "object" ? given : { name: given, alpha: undefined, beta: undefined };
  switch (name) {
    case "tanh":
      return Math.tanh(x);
    case "relu":
      return Math.max(x, 0);
    case "leaky_relu":
      return x > 0 ? x : (alpha ?? negativeSlope) * x;
    case "sigmoid":
      return sigmoid(x);
    case "hard_sigmoid":
      return Math.min(1, Math.max(0, (alpha ?? hardSigmoidSlope) * x + (beta ?? 0.5)));
    case "hard_tanh":
      return Math.min(1, Math.max(-1, x));
    case "softsign":
      return x / (1 + Math.abs(x));
    case "softplus":
      return Math.log1p(Math.exp(x));
    case "elu":
      return x > 0 ? x : (alpha ?? 1) * Math.expm1(x);
    case "silu":
      return x * sigmoid(x);
    case "scaled_tanh":
      return (alpha ?? 1.7159) * Math.tanh((beta ?? 2 / 3) * x);
    case "affine":
      return (alpha ?? 1) * x + (beta ?? 0);
    case "thresholded_relu":
      return x > (alpha ?? 1) ? x : 0;
    case "identity":
      return x;
    default:
      throw new Error(`no activation ${name}`);
  }
}

/** The options of one direction. */
function ofDirection(options: LayerOptions, direction: number): LayerOptions {
  const own = (activation: DirectedActivation | undefined) =>
    Array.isArray(activation) ? (activation[direction] as Activation) : activation;
  const names = ["activation", "gateActivation", "outputActivation"] as const;
  return {
    ...options,
    ...Object.fromEntries(names.filter((name) => options[name]).map((name) => [name, own(options[name])])),
  };
}

const bounded = (x: number, bound: number | undefined) =>
  bound === undefined ? x : Math.min(bound, Math.max(-bound, x));

/** W · x for rows `from` to `to` of W. */
function product(weight: NdArray, x: Vector, from = 0, to = weight.shape[0] as number): number[] {
  const width = weight.shape[1] as number;
  return Array.from({ length: to - from }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (weight.data[(from + i) * width + k] as number) * (x[k] as number);
    return sum;
  });
}

const at = (x: NdArray | undefined, i: number): number => (x ? (x.data[i] as number) : 0);

function normalized(x: Vector, epsilon: number, weight: NdArray, bias?: NdArray): number[] {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  return x.map((v, i) => ((v - mean) / Math.sqrt(variance + epsilon)) * at(weight, i) + at(bias, i));
}

type Step = (x: Vector, state: State) => State;

function rnnStep(own: (name: string) => NdArray, options: LayerOptions): Step {
  const { activation = "tanh", gateClip } = options;
  return (x, { h }) => {
    const [fromX, fromH] = [product(own("weight_ih"), x), product(own("weight_hh"), h as Vector)];
    const bias = (i: number) => at(own("bias_ih"), i) + at(own("bias_hh"), i);
    const into = (v: number, i: number) => bounded(v + (fromH[i] as number) + bias(i), gateClip);
    return { h: fromX.map((v, i) => activate(activation, into(v, i), options)) };
  };
}

function gruStep(own: (name: string) => NdArray, options: LayerOptions): Step {
  const { activation = "tanh", gateActivation = "sigmoid", resetAfter = true, gateClip } = options;
  return (x, state) => {
    const h = state.h as Vector;
    const size = h.length;
    const fromX = product(own("weight_ih"), x).map((v, i) => v + at(own("bias_ih"), i));
    const fromH = product(own("weight_hh"), h).map((v, i) => v + at(own("bias_hh"), i));
    const gate = (k: number) =>
      h.map((_, i) =>
        activate(
          gateActivation,
          bounded((fromX[k * size + i] as number) + (fromH[k * size + i] as number), gateClip),
          options,
        ),
      );
    const [r, z] = [gate(0), gate(1)];
    const kept = h.map((v, i) => v * (r[i] as number));
    const before = product(own("weight_hh"), kept, 2 * size).map((v, i) => v + at(own("bias_hh"), 2 * size + i));
    return {
      h: h.map((v, i) => {
        const recurrent = resetAfter ? (r[i] as number) * (fromH[2 * size + i] as number) : (before[i] as number);
        const n = activate(activation, bounded((fromX[2 * size + i] as number) + recurrent, gateClip), options);
        return (1 - (z[i] as number)) * n + (z[i] as number) * v;
      }),
    };
  };
}

function lstmStep(own: (name: string) => NdArray, options: LayerOptions): Step {
  const { activation = "tanh", gateActivation = "sigmoid", cellClip, gateClip, coupleForget, layerNorm } = options;
  const { outputActivation = activation } = options;
  const { epsilon = 1e-5, carry = false } = typeof layerNorm === "object" ? layerNorm : {};
  return (x, state) => {
    const [h, c] = [state.h as Vector, state.c as Vector];
    const size = c.length;
    let [fromX, fromH] = [product(own("weight_ih"), x), product(own("weight_hh"), h)];
    if (layerNorm) {
      fromX = normalized(fromX, epsilon, own("norm_ih_weight"));
      fromH = normalized(fromH, epsilon, own("norm_hh_weight"));
    }
    const peephole = options.peephole ? own("weight_peephole") : undefined;
    const into = (gate: number, i: number) => {
      const row = gate * size + i;
      return (fromX[row] as number) + (fromH[row] as number) + at(own("bias_ih"), row) + at(own("bias_hh"), row);
    };
    const peeped = (i: number, block: number, seen: Vector): number => {
      if (!peephole) return 0;
      if (options.peephole !== "full") return at(peephole, block * size + i) * (seen[i] as number);
      return product(peephole, seen, block * size + i, block * size + i + 1)[0] as number;
    };
    const open = (gate: number, i: number, block: number, seen: Vector) =>
      activate(gateActivation, bounded(into(gate, i) + peeped(i, block, seen), gateClip), options);
    const sum = c.map((old, i) => {
      const input = open(0, i, 0, c);
      const forget = coupleForget ? 1 - input : open(1, i, 1, c);
      return bounded(forget * old + input * activate(activation, bounded(into(2, i), gateClip), options), cellClip);
    });
    const seen = layerNorm ? normalized(sum, epsilon, own("norm_c_weight"), own("norm_c_bias")) : sum;
    const next = carry ? seen : sum;
    const out = next.map((_, i) => open(3, i, 2, next) * activate(outputActivation, seen[i] as number, options));
    return { h: options.projectionSize ? product(own("weight_hr"), out) : out, c: next };
  };
}

const steps = { RNN: rnnStep, GRU: gruStep, LSTM: lstmStep };

/** x [batch, time, input] and parameters by PyTorch's names; gives outputs and final states as the layers do. */
export function recurrentLayers(
  kind: CellKind,
  options: LayerOptions,
  x: NdArray,
  parameters: Parameters,
  run: LayerRun = {},
): { outputs: NdArray; states: Readonly<Record<string, NdArray>> } {
  const [batch, time] = x.shape as readonly [number, number, number];
  const { numLayers = 1, bidirectional = false, merge = "concat", zoneout = 0 } = options;
  const rates: Readonly<Record<string, number>> =
    typeof zoneout === "number" ? { h: zoneout, c: zoneout } : { h: 0, c: 0, ...zoneout };
  const directions = bidirectional ? 2 : 1;
  const gates = { RNN: 1, GRU: 3, LSTM: 4 }[kind];
  const names = kind === "LSTM" ? ["h", "c"] : ["h"];
  const sizeOf = (name: string, layer: number): number => {
    const units = ((parameters[`weight_hh_l${layer}`] as NdArray).shape[0] as number) / gates;
    return name === "h" && kind === "LSTM" ? (options.projectionSize ?? units) : units;
  };
  const layers = Array.from({ length: numLayers }, (_, layer) => layer);
  const isEven = (name: string) => layers.every((layer) => sizeOf(name, layer) === sizeOf(name, 0));
  const columnsOf = (name: string) =>
    isEven(name) ? sizeOf(name, 0) : layers.reduce((sum, layer) => sum + sizeOf(name, layer), 0);
  const rowsOf = (name: string) => (isEven(name) ? numLayers * directions : directions);
  /** Where a state of one direction of one layer begins in a tensor of so many rows for each. */
  const placeOf = (name: string, index: number, rows: number, row: number): number => {
    if (isEven(name)) return (index * rows + row) * columnsOf(name);
    const layer = Math.floor(index / directions);
    const before = layers.slice(0, layer).reduce((sum, each) => sum + sizeOf(name, each), 0);
    return ((index % directions) * rows + row) * columnsOf(name) + before;
  };
  const finals = Object.fromEntries(
    names.map((name) => {
      const shape = [rowsOf(name), batch, columnsOf(name)] as const;
      return [name, array(shape, new Float64Array(shape[0] * shape[1] * shape[2]))];
    }),
  );

  const vectorOf = (values: NdArray, place: number, width: number): Vector =>
    Array.from(values.data.subarray(place * width, (place + 1) * width));
  const startOf = (name: string, index: number, row: number): Vector => {
    const width = sizeOf(name, Math.floor(index / directions));
    const slice = (values: NdArray, place: number): Vector => Array.from(values.data.subarray(place, place + width));
    const given = run.states?.[name];
    if (given && !at(run.reset, row)) return slice(given, placeOf(name, index, batch, row));
    const learned = parameters[`${name}_0`];
    return learned ? slice(learned, placeOf(name, index, 1, 0)) : Array.from({ length: width }, () => 0);
  };

  /** One direction of one layer on one row's own steps. */
  const runOne = (sequence: readonly Vector[], index: number, row: number): Vector[] => {
    const second = index % directions === 1;
    const suffix = `_l${Math.floor(index / directions)}${second ? "_reverse" : ""}`;
    const own = (name: string) => parameters[`${name}${suffix}`] as NdArray;
    const layer = Math.floor(index / directions);
    const step = steps[kind](own, ofDirection(options, index % directions));
    const size = sizeOf("h", layer);
    let state: State = Object.fromEntries(names.map((name) => [name, startOf(name, index, row)]));
    const outputs: Vector[] = new Array(sequence.length);
    for (let count = 0; count < sequence.length; count++) {
      const t = second || options.reverse ? sequence.length - 1 - count : count;
      const seen = (state.h as Vector).map(
        (v, i) => v * (run.recurrentMask ? at(run.recurrentMask, row * size + i) : 1),
      );
      const after = step(sequence[t] as Vector, { ...state, h: seen });
      const before = state;
      state = Object.fromEntries(
        names.map((name) => {
          const width = sizeOf(name, layer);
          const blended = (after[name] as Vector).map((v, i) => {
            const renewed = run.renewed?.[name];
            const share = renewed ? at(renewed, (count * batch + row) * width + i) : 1 - (rates[name] as number);
            const old = (before[name] as Vector)[i] as number;
            return old + share * (v - old) + (name === "h" ? at(run.probe, (t * batch + row) * width + i) : 0);
          });
          return [name, blended];
        }),
      );
      outputs[t] = state.h as Vector;
    }
    for (const name of names) {
      finals[name]?.data.set(state[name] as Vector, placeOf(name, index, batch, row));
    }
    return outputs;
  };

  const size = sizeOf("h", numLayers - 1);
  const width = bidirectional && merge === "concat" ? 2 * size : size;
  const outputs = array([batch, time, width], new Float64Array(batch * time * width));
  for (let row = 0; row < batch; row++) {
    const length = run.lengths ? at(run.lengths, row) : time;
    const inputSize = x.shape[2] as number;
    let sequence = Array.from({ length }, (_, t) => vectorOf(x, row * time + t, inputSize));
    for (let layer = 0; layer < numLayers; layer++) {
      const [first, second] = Array.from({ length: directions }, (_, d) =>
        runOne(sequence, layer * directions + d, row),
      );
      sequence = (first as Vector[]).map((a, t) => (second ? merged(merge, a, second[t] as Vector) : [...a]));
    }
    sequence.forEach((values, t) => {
      outputs.data.set(values, (row * time + t) * width);
    });
  }
  return { outputs, states: finals };
}

function merged(merge: "concat" | "sum" | "average" | "multiply", a: Vector, b: Vector): number[] {
  if (merge === "concat") return [...a, ...b];
  const other = (i: number) => b[i] as number;
  if (merge === "multiply") return a.map((v, i) => v * other(i));
  return a.map((v, i) => (v + other(i)) * (merge === "sum" ? 1 : 0.5));
}
