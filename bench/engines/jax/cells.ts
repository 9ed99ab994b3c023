/** LSTM and GRU layers in jax-js's words. Every use of an array takes it; `ref` keeps it. */
import { type JaxArray, nn, numpy as np } from "@jax-js/jax";
import type { Weights } from "../../cases/data.ts";
import type { CellName } from "../../cases/work.ts";
import { transposed } from "../layout.ts";

/** One layer. `joint`: [input, gates·hidden]; else one matrix and bias for each gate, so that no gate is cut out of a larger array. */
export type LayerWeights = { wx: JaxArray[]; wh: JaxArray[]; b: JaxArray[] };
export type Formulation = "joint" | "by gate";
export const formulations: readonly Formulation[] = ["joint", "by gate"];

/** The recurrent bias is zero in all cases, so that the one of the reset-after GRU's candidate is left out for everyone's good. */
export function layerWeights(
  weights: Weights,
  prefix: string,
  suffix: string,
  cell: CellName,
  form: Formulation,
): LayerWeights {
  const gates = cell === "LSTM" ? 4 : 3;
  const parts = form === "joint" ? 1 : gates;
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
export function cellStep(cell: CellName, projected: JaxArray[], { h, c }: State, wh: JaxArray[]): State {
  const hidden = h.shape[1] as number;
  const recurrent = wh.map((w) => np.matmul(h.ref, w.ref));
  if (cell === "LSTM" && c) {
    h.dispose();
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
  const [xr, xz, xn] = cut(projected, 3, hidden) as [JaxArray, JaxArray, JaxArray];
  const [hr, hz, hn] = cut(recurrent, 3, hidden) as [JaxArray, JaxArray, JaxArray];
  const z = nn.sigmoid(xz.add(hz));
  const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn)));
  return { h: n.ref.add(z.mul(h.sub(n))), c: null };
}

/** A layer over [time·batch, input], time-major; gives the outputs of all steps. Takes x, not the weights. */
export function runLayer(cell: CellName, x: JaxArray, weights: LayerWeights, time: number, batch: number): JaxArray[] {
  const hidden = weights.wh[0]?.shape[0] as number;
  const projected = weights.wx.map((w, i) => {
    const y = np.matmul(x.ref, w.ref).add((weights.b[i] as JaxArray).ref);
    return y.reshape([time, batch, w.shape[1] as number]);
  });
  x.dispose();
  let state: State = {
    h: np.zeros([batch, hidden]),
    c: cell === "LSTM" ? np.zeros([batch, hidden]) : null,
  };
  const outputs: JaxArray[] = [];
  for (let t = 0; t < time; t++) {
    const own = projected.map((p) => p.ref.slice(t));
    state = cellStep(cell, own, state, weights.wh);
    outputs.push(state.h.ref);
  }
  for (const p of projected) p.dispose();
  state.h.dispose();
  state.c?.dispose();
  return outputs;
}

/** [time, batch, hidden] of a stack of layers. Takes x [time·batch, input]. */
export function runStack(cell: CellName, x: JaxArray, stack: LayerWeights[], time: number, batch: number): JaxArray {
  let value = x;
  let outputs: JaxArray | undefined;
  stack.forEach((weights, i) => {
    outputs = np.stack(runLayer(cell, value, weights, time, batch));
    const size = outputs.shape[2] as number;
    if (i < stack.length - 1) value = outputs.reshape([time * batch, size]);
  });
  return outputs as JaxArray;
}

export const disposeWeights = ({ wx, wh, b }: LayerWeights): void => {
  for (const each of [...wx, ...wh, ...b]) each.dispose();
};
