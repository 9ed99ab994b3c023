/** Recurrent layers in jax-js's words. Every use of an array takes it; `ref` keeps it. */
import { type JaxArray, nn, numpy as np } from "@jax-js/jax";
import type { Weights } from "../../cases/data.ts";
import { type CellName, gatesOf } from "../../cases/work.ts";
import { transposed } from "../layout.ts";
import type { Formulation } from "./formulations.ts";

/** One layer. `joint`: [input, gates·hidden]; else one matrix and bias for each gate, so that no gate is cut out of a larger array. */
export type LayerWeights = { wx: JaxArray[]; wh: JaxArray[]; b: JaxArray[] };
/** The recurrent bias is zero in all cases, so that the one of the reset-after GRU's candidate is left out for everyone's good. */
export function layerWeights(
  weights: Weights,
  prefix: string,
  suffix: string,
  cell: CellName,
  form: Formulation,
): LayerWeights {
  const gates = gatesOf[cell];
  const parts = form.joint ? 1 : gates;
  const matrix = (name: string) => {
    const { shape, data } = weights.get(`${prefix}${name}${suffix}`) as NonNullable<ReturnType<Weights["get"]>>;
    const [rows = 0, columns = 0] = shape;
    const own = rows / parts;
    return Array.from({ length: parts }, (_, i) => {
      const part = data.subarray(i * own * columns, (i + 1) * own * columns);
      return np.array(transposed(part, own, columns)).reshape([columns, own]);
    });
  };
  const bias = weights.get(`${prefix}bias_ih${suffix}`) as NonNullable<ReturnType<Weights["get"]>>;
  const own = bias.data.length / parts;
  const b = Array.from({ length: parts }, (_, i) => np.array(bias.data.slice(i * own, (i + 1) * own)));
  return { wx: matrix("weight_ih"), wh: matrix("weight_hh"), b };
}

/** The gates' parts of a [rows, gates·hidden] array, or the arrays that they are already. Takes its argument. */
function cut(parts: JaxArray[], gates: number, hidden: number): JaxArray[] {
  if (parts.length > 1) return parts;
  const whole = parts[0] as JaxArray;
  const found = Array.from({ length: gates }, (_, i) => whole.ref.slice([], [i * hidden, (i + 1) * hidden]));
  whole.dispose();
  return found;
}

export type State = { h: JaxArray; c: JaxArray | null };

/** One step. `projected` are the input's parts of the gates, [batch, …]; takes all but the weights. */
export function cellStep(
  cell: CellName,
  projected: JaxArray[],
  { h, c }: State,
  wh: JaxArray[],
  { oneSigmoid = false }: Formulation,
): State {
  const hidden = h.shape[1] as number;
  const recurrent = wh.map((w) => np.matmul(h.ref, w.ref));
  if (cell === "RNN") {
    h.dispose();
    return { h: np.tanh((projected[0] as JaxArray).add(recurrent[0] as JaxArray)), c: null };
  }
  if (cell === "LSTM" && c) {
    h.dispose();
    if (oneSigmoid) {
      const z = (projected[0] as JaxArray).add(recurrent[0] as JaxArray);
      const row = (gate: number, others: number) =>
        np.array(Float32Array.from({ length: 4 * hidden }, (_, at) => (Math.floor(at / hidden) === 2 ? gate : others)));
      const all = nn
        .sigmoid(z.mul(row(2, 1)))
        .mul(row(2, 1))
        .sub(row(1, 0));
      const [i, f, g, o] = cut([all], 4, hidden) as [JaxArray, JaxArray, JaxArray, JaxArray];
      const next = f.mul(c).add(i.mul(g));
      return { h: o.mul(np.tanh(next.ref)), c: next };
    }
    const sums = cut(
      projected.map((x, i) => x.add(recurrent[i] as JaxArray)),
      4,
      hidden,
    );
    const [i, f, g, o] = sums as [JaxArray, JaxArray, JaxArray, JaxArray];
    const next = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    return { h: nn.sigmoid(o).mul(np.tanh(next.ref)), c: next };
  }
  const { reset, update, x, recurrent: hn } = gruGates(projected, recurrent, hidden, oneSigmoid);
  const n = np.tanh(x.add(reset.mul(hn)));
  return { h: n.ref.add(update.mul(h.sub(n))), c: null };
}

/** Gates of the GRU, and the candidate's two parts. Takes both lists. */
function gruGates(projected: JaxArray[], recurrent: JaxArray[], hidden: number, oneSigmoid: boolean) {
  if (oneSigmoid) {
    const ends = (whole: JaxArray | undefined) => {
      const parts = [
        [0, 2 * hidden],
        [2 * hidden, 3 * hidden],
      ].map((range) => (whole as JaxArray).ref.slice([], range as [number, number]));
      whole?.dispose();
      return parts as [JaxArray, JaxArray];
    };
    const [[xGates, x], [hGates, h]] = [ends(projected[0]), ends(recurrent[0])];
    const [reset, update] = cut([nn.sigmoid(xGates.add(hGates))], 2, hidden) as [JaxArray, JaxArray];
    return { reset, update, x, recurrent: h };
  }
  const [xr, xz, x] = cut(projected, 3, hidden) as [JaxArray, JaxArray, JaxArray];
  const [hr, hz, h] = cut(recurrent, 3, hidden) as [JaxArray, JaxArray, JaxArray];
  return { reset: nn.sigmoid(xr.add(hr)), update: nn.sigmoid(xz.add(hz)), x, recurrent: h };
}

/** The input's parts of the gates. Takes x, not the weights. */
export function project(x: JaxArray, { wx, b }: LayerWeights): JaxArray[] {
  const projected = wx.map((w, i) => np.matmul(x.ref, w.ref).add((b[i] as JaxArray).ref));
  x.dispose();
  return projected;
}

/** A layer over one array [time·batch, input], time-major, or one for each step; gives the outputs of all steps. Takes x, not the weights. */
export function runLayer(
  cell: CellName,
  x: JaxArray | JaxArray[],
  weights: LayerWeights,
  time: number,
  batch: number,
  form: Formulation,
): JaxArray[] {
  const hidden = weights.wh[0]?.shape[0] as number;
  const projected = Array.isArray(x)
    ? null
    : project(x, weights).map((y) => y.reshape([time, batch, y.shape[1] as number]));
  let state: State = {
    h: np.zeros([batch, hidden]),
    c: cell === "LSTM" ? np.zeros([batch, hidden]) : null,
  };
  const outputs: JaxArray[] = [];
  for (let t = 0; t < time; t++) {
    const own = projected?.map((p) => p.ref.slice(t)) ?? project((x as JaxArray[])[t] as JaxArray, weights);
    state = cellStep(cell, own, state, weights.wh, form);
    outputs.push(state.h.ref);
  }
  for (const p of projected ?? []) p.dispose();
  state.h.dispose();
  state.c?.dispose();
  return outputs;
}

/** Outputs of all steps of a stack of layers. Takes x. */
export function runStack(
  cell: CellName,
  x: JaxArray | JaxArray[],
  stack: LayerWeights[],
  time: number,
  batch: number,
  form: Formulation,
): JaxArray[] {
  return stack.reduce<JaxArray | JaxArray[]>((value, weights, i) => {
    const outputs = runLayer(cell, value, weights, time, batch, form);
    if (Array.isArray(x) || i === stack.length - 1) return outputs;
    return np.stack(outputs).reshape([time * batch, (outputs[0] as JaxArray).shape[1] as number]);
  }, x) as JaxArray[];
}

/** Time-major data as the input that a formulation takes. */
export function inputOf(
  data: Float32Array,
  { hoisted }: Formulation,
  [time, batch, features]: readonly [number, number, number],
): JaxArray | JaxArray[] {
  if (hoisted) return np.array(data).reshape([time * batch, features]);
  const step = batch * features;
  return Array.from({ length: time }, (_, t) =>
    np.array(data.slice(t * step, (t + 1) * step)).reshape([batch, features]),
  );
}

export const retainedInput = (x: JaxArray | JaxArray[]): JaxArray | JaxArray[] =>
  Array.isArray(x) ? x.map((each) => each.ref) : x.ref;

export const disposeWeights = ({ wx, wh, b }: LayerWeights): void => {
  for (const each of [...wx, ...wh, ...b]) each.dispose();
};
