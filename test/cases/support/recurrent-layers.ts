import { traceIn } from "../../../src/graph/mode.ts";
import { nn, type Parameter, type Value } from "../../../src/index.ts";
import { integers, type NdArray, sizeOf, uniform } from "../../reference/array.ts";
import { type CellKind, type LayerOptions, type LayerRun, recurrentLayers } from "../../reference/recurrent/layers.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import type { Check } from "./check.ts";
import { pair } from "./pair.ts";

export type AnyLayer = nn.RNN | nn.GRU | nn.LSTM;

/** A layer and the data that it runs on. */
export interface LayerCheck {
  readonly kind: CellKind;
  readonly options?: LayerOptions & nn.RecurrentOptions & { readonly forgetBias?: number };
  readonly batch?: number;
  readonly time?: number;
  readonly input?: number;
  /** One for all layers, or one for each. */
  readonly hidden?: number | readonly number[];
  readonly lengths?: boolean;
  /** A given initial state. */
  readonly state?: boolean;
  /** Rows whose given state does not count: every second. */
  readonly reset?: boolean;
  /** The path from primitive operations instead of fused kernels. */
  readonly inspect?: boolean;
  readonly evaluate?: boolean;
  readonly masks?: Pick<LayerRun, "recurrentMask" | "renewed">;
}

const SIZES = { batch: 3, time: 5, input: 2, hidden: 4 };

/** What only some kinds have, so that one table of options can serve all. */
const OWN: Readonly<Record<CellKind, ReadonlySet<string>>> = {
  RNN: new Set(["activation", "negativeSlope", "gateClip", "hardSigmoidSlope"]),
  GRU: new Set(["activation", "gateActivation", "resetAfter", "gateClip", "hardSigmoidSlope"]),
  LSTM: new Set(
    "activation gateActivation gateClip hardSigmoidSlope cellClip coupleForget forgetBias layerNorm outputActivation peephole projectionSize".split(
      " ",
    ),
  ),
};
const ALL_OWN = new Set(Object.values(OWN).flatMap((names) => [...names]));

/** A layer with those of the options that its kind has. */
export function layerOf(
  kind: CellKind,
  input: number,
  hidden: number | readonly number[],
  options: object = {},
): AnyLayer {
  const known = Object.entries(options).filter(([name]) => OWN[kind].has(name) || !ALL_OWN.has(name));
  const own = Object.fromEntries(known);
  if (kind === "RNN") return new nn.RNN(input, hidden, own);
  return kind === "GRU" ? new nn.GRU(input, hidden, own) : new nn.LSTM(input, hidden, own);
}

export interface Sequence {
  readonly outputs: Value;
  /** By name. */
  readonly states: Readonly<Record<string, Value>>;
  readonly layers: readonly nn.LayerTrace[];
}

/** Any layer in one form. */
export function runLayer(
  layer: AnyLayer,
  x: Value,
  given?: Readonly<Record<string, Value>>,
  options: nn.SequenceOptions = {},
  inspect = false,
): Sequence {
  if (layer instanceof nn.LSTM) {
    const state = given && { h: given.h as Value, c: given.c as Value };
    if (inspect) {
      const result = layer.inspect(x, state, options);
      return { ...result, states: { ...result.state } };
    }
    const [outputs, states] = layer.forward(x, state, options);
    return { outputs, states: { ...states }, layers: [] };
  }
  if (inspect) {
    const result = layer.inspect(x, given?.h, options);
    return { ...result, states: { h: result.state } };
  }
  const [outputs, h] = layer.forward(x, given?.h, options);
  return { outputs, states: { h }, layers: [] };
}

/** Puts values in the places of a layer's parameters, so that they can be inputs like all others. */
export function replaceParameters(layer: nn.Module, values: readonly Value[]): void {
  const names = [...layer.namedParameters()].map(([name]) => name);
  Object.assign(layer, Object.fromEntries(names.map((name, i) => [name, values[i] as Parameter])));
}

/** Shapes of a layer's states by name. */
export const stateShapes = (layer: AnyLayer, batch: number): Record<string, readonly number[]> =>
  layer instanceof nn.LSTM
    ? { h: layer.stateSpec(batch).h.shape, c: layer.stateSpec(batch).c.shape }
    : { h: layer.stateSpec(batch).shape };

/** The first row whole, the second without a step. */
export const lengthsFor = (batch: number, time: number): NdArray =>
  integers(
    [batch],
    Array.from({ length: batch }, (_, row) => (row === 1 ? 0 : 1 + ((row * 2 + time - 1) % time))),
  );

/** Numbers for a layer's parameters, of the order that they start with, norms around 1. */
export function parametersFor(layer: AnyLayer): Map<string, NdArray> {
  const bound = 1 / Math.sqrt(layer.hiddenSize);
  return new Map(
    [...layer.namedParameters()].map(([name, { shape }], i) => {
      const around = /^norm_.*_weight/.test(name) ? 1 : 0;
      return [name, uniform(shape, 20 + i, around - bound, around + bound)];
    }),
  );
}

/** Forward, final states, and gradients with respect to x, given states and all parameters. */
export function layerCheck(check: LayerCheck): Check {
  const { kind, options = {}, lengths, state, reset, inspect = false, evaluate = false, masks } = check;
  const { batch, time, input, hidden: given } = { ...SIZES, ...check };
  const make = () => layerOf(kind, input, given, options);
  const layer = make();
  const shapes = state ? stateShapes(layer, batch) : {};
  const names = Object.keys(shapes);
  const parameters = parametersFor(layer);
  const inputs = [
    uniform([batch, time, input], 1),
    ...Object.values(shapes).map((shape, i) => uniform(shape, 10 + i)),
    ...parameters.values(),
    ...(reset ? [integersAsFloats(batch)] : []),
    ...(lengths ? [lengthsFor(batch, time)] : []),
  ];
  const take = <T>(values: readonly T[]) => {
    const rest = [...values];
    const x = rest.shift() as T;
    const states = Object.fromEntries(names.map((name) => [name, rest.shift() as T]));
    const given = rest.splice(0, parameters.size);
    const fresh = reset ? (rest.shift() as T) : undefined;
    return { x, states: state ? states : undefined, given, reset: fresh, lengths: lengths ? rest.shift() : undefined };
  };
  const hidden = Math.max(...layer.hiddenSizes);
  const depth = time * layer.numLayers;
  const wide = Math.max(...inputs.map(({ shape }) => sizeOf(shape))) / hidden;
  const recurrent = plus(tolerance.recurrent(depth, hidden), options.layerNorm ? NORMALIZED : tolerance.exact);
  return {
    label: labelOf(check),
    inputs,
    f: pair(
      (values) => {
        const taken = take<Value>(values);
        const own = make();
        replaceParameters(own, taken.given);
        const given = { lengths: taken.lengths, reset: taken.reset };
        const result = traceIn(!evaluate, () => runLayer(own, taken.x, taken.states, given, inspect));
        return [result.outputs, ...Object.values(result.states)];
      },
      (values) => {
        const taken = take<NdArray>(values);
        const byName = Object.fromEntries([...parameters.keys()].map((name, i) => [name, taken.given[i]]));
        const run = { states: taken.states, lengths: taken.lengths, reset: taken.reset, ...masks };
        const result = recurrentLayers(kind, { ...options, numLayers: layer.numLayers }, taken.x, byName, run);
        return [result.outputs, ...Object.values(result.states)];
      },
    ),
    tolerance: recurrent,
    gradients: plus(recurrent, tolerance.recurrent(depth, wide)),
    probes: 2,
  };
}

/** Normalising divides by a deviation that may be small, and multiplies errors by as much. */
export const NORMALIZED = tolerance.recurrent(16, 64);

const integersAsFloats = (batch: number): NdArray => ({
  ...integers(
    [batch],
    Array.from({ length: batch }, (_, row) => row % 2),
  ),
  dtype: "float32",
});

const labelOf = ({ kind, options, masks, ...rest }: LayerCheck): string =>
  `${kind} ${JSON.stringify({ ...options, ...rest })}${masks ? " with masks" : ""}`;
