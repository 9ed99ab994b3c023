/** Float64 oracles of the Elman and GRU recurrences, forward and backward, as plain loops over their definitions. */
import { array, filled, type NdArray } from "../array.ts";

export interface RecurrenceOptions {
  readonly activation?: string;
  readonly negativeSlope?: number;
  readonly resetAfter?: boolean;
  readonly lengths?: NdArray | undefined;
}

/** dL/d of everything that a recurrence takes. */
export interface RecurrenceGradients {
  readonly projected: NdArray;
  readonly weight: NdArray;
  readonly h0: NdArray;
  readonly bias?: NdArray;
}

const at = (data: Float64Array, index: number): number => data[index] as number;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function activation(name: string, slope: number): { f: (x: number) => number; df: (x: number) => number } {
  switch (name) {
    case "tanh":
      return { f: Math.tanh, df: (x) => 1 - Math.tanh(x) ** 2 };
    case "relu":
      return { f: (x) => Math.max(x, 0), df: (x) => (x > 0 ? 1 : Math.max(x, 0)) };
    case "leaky_relu":
      return { f: (x) => (x > 0 ? x : slope * x), df: (x) => (x > 0 ? 1 : Number.isNaN(x) ? x : slope) };
    case "sigmoid":
      return { f: sigmoid, df: (x) => sigmoid(x) * (1 - sigmoid(x)) };
    default:
      return { f: (x) => x, df: () => 1 };
  }
}

/** One step of one row: h before it and its projected inputs; gives h after it, and on request the gradients' way back. */
type Step = (h: Float64Array, x: Float64Array) => { h: Float64Array; back(dh: Float64Array): Back };
interface Back {
  readonly dh: Float64Array;
  readonly dx: Float64Array;
}

/** y[i] = Σ_k w[(first + i), k] · x[k]. */
function product(w: Float64Array, first: number, hidden: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: hidden }, (_, i) => {
    let total = 0;
    for (let k = 0; k < hidden; k++) total += at(w, (first + i) * hidden + k) * at(x, k);
    return total;
  });
}

/** The way back of `product`: dx[k] += Σ_i dy[i] · w[first + i, k], dw[first + i, k] += dy[i] · x[k]. */
function productBack(
  w: Float64Array,
  dw: Float64Array,
  first: number,
  x: Float64Array,
  dy: Float64Array,
  dx: Float64Array,
): void {
  const hidden = x.length;
  for (let i = 0; i < hidden; i++) {
    for (let k = 0; k < hidden; k++) {
      const cell = (first + i) * hidden + k;
      dx[k] = at(dx, k) + at(dy, i) * at(w, cell);
      dw[cell] = at(dw, cell) + at(dy, i) * at(x, k);
    }
  }
}

const units = (hidden: number, f: (i: number) => number): Float64Array =>
  Float64Array.from({ length: hidden }, (_, i) => f(i));

function rnnStep(
  w: Float64Array,
  dw: Float64Array,
  hidden: number,
  { activation: name = "tanh", negativeSlope = 0.01 }: RecurrenceOptions,
): Step {
  const { f, df } = activation(name, negativeSlope);
  return (h, x) => {
    const sums = product(w, 0, hidden, h);
    const pre = units(hidden, (i) => at(sums, i) + at(x, i));
    return {
      h: pre.map(f),
      back(dNext) {
        const dx = units(hidden, (i) => at(dNext, i) * df(at(pre, i)));
        const dh = new Float64Array(hidden);
        productBack(w, dw, 0, h, dx, dh);
        return { dh, dx };
      },
    };
  };
}

function gruStep(
  w: Float64Array,
  dw: Float64Array,
  hidden: number,
  resetAfter: boolean,
  bias: Float64Array,
  dBias: Float64Array,
): Step {
  return (h, x) => {
    const gate = (k: number, sums: Float64Array) => units(hidden, (i) => sigmoid(at(x, k * hidden + i) + at(sums, i)));
    const biased = (k: number, sums: Float64Array) => units(hidden, (i) => at(sums, i) + at(bias, k * hidden + i));
    const r = gate(0, biased(0, product(w, 0, hidden, h)));
    const z = gate(1, biased(1, product(w, hidden, hidden, h)));
    const s = units(hidden, (i) => at(r, i) * at(h, i));
    const recurrent = product(w, 2 * hidden, hidden, resetAfter ? h : s);
    const q = biased(2, recurrent);
    const n = units(hidden, (i) => Math.tanh(at(x, 2 * hidden + i) + (resetAfter ? at(r, i) : 1) * at(q, i)));
    return {
      h: units(hidden, (i) => (1 - at(z, i)) * at(n, i) + at(z, i) * at(h, i)),
      back(dNext) {
        const dh = units(hidden, (i) => at(dNext, i) * at(z, i));
        const dn = units(hidden, (i) => at(dNext, i) * (1 - at(z, i)) * (1 - at(n, i) ** 2));
        const dz = units(hidden, (i) => at(dNext, i) * (at(h, i) - at(n, i)) * at(z, i) * (1 - at(z, i)));
        const addBias = (k: number, gradient: Float64Array) => {
          gradient.forEach((d, i) => {
            dBias[k * hidden + i] = at(dBias, k * hidden + i) + d;
          });
        };
        let dr: Float64Array;
        if (resetAfter) {
          const dq = units(hidden, (i) => at(dn, i) * at(r, i));
          addBias(2, dq);
          productBack(w, dw, 2 * hidden, h, dq, dh);
          dr = units(hidden, (i) => at(dn, i) * at(q, i) * at(r, i) * (1 - at(r, i)));
        } else {
          const ds = new Float64Array(hidden);
          productBack(w, dw, 2 * hidden, s, dn, ds);
          for (let i = 0; i < hidden; i++) dh[i] = at(dh, i) + at(ds, i) * at(r, i);
          dr = units(hidden, (i) => at(ds, i) * at(h, i) * at(r, i) * (1 - at(r, i)));
        }
        addBias(0, dr);
        addBias(1, dz);
        productBack(w, dw, 0, h, dr, dh);
        productBack(w, dw, hidden, h, dz, dh);
        return { dh, dx: Float64Array.from([...dr, ...dz, ...dn]) };
      },
    };
  };
}

/** Runs a step over the rows and times of a batch; `backward` takes the gradients of the outputs and of the final h. */
function recurrence(projected: NdArray, h0: NdArray, lengths: NdArray | undefined, step: Step) {
  const [length, batch, width] = projected.shape as readonly [number, number, number];
  const hidden = h0.shape[1] as number;
  const outputs = filled([length, batch, hidden], 0);
  const h = filled([batch, hidden], 0);
  const steps: ReturnType<Step>[][] = [];
  for (let b = 0; b < batch; b++) {
    let state: Float64Array = h0.data.slice(b * hidden, (b + 1) * hidden);
    const taken: ReturnType<Step>[] = [];
    for (let t = 0; t < (lengths ? at(lengths.data, b) : length); t++) {
      const row = t * batch + b;
      const next = step(state, projected.data.subarray(row * width, (row + 1) * width));
      state = next.h;
      outputs.data.set(state, row * hidden);
      taken.push(next);
    }
    h.data.set(state, b * hidden);
    steps.push(taken);
  }
  const backward = (dOutputs: NdArray, dH: NdArray) => {
    const [dProjected, dH0] = [filled(projected.shape, 0), filled(h0.shape, 0)];
    steps.forEach((taken, b) => {
      let dState: Float64Array = dH.data.slice(b * hidden, (b + 1) * hidden);
      for (let t = taken.length - 1; t >= 0; t--) {
        const row = t * batch + b;
        dState = dState.map((d, i) => d + at(dOutputs.data, row * hidden + i));
        const { dh, dx } = (taken[t] as ReturnType<Step>).back(dState);
        dProjected.data.set(dx, row * width);
        dState = dh;
      }
      dH0.data.set(dState, b * hidden);
    });
    return { dProjected, dH0 };
  };
  return { outputs, h, backward };
}

/** h_t = act(projected_t + h_{t-1} · Wᵀ). */
export function rnn(projected: NdArray, weight: NdArray, h0: NdArray, options: RecurrenceOptions = {}) {
  const dWeight = filled(weight.shape, 0);
  const step = rnnStep(weight.data, dWeight.data, h0.shape[1] as number, options);
  const { outputs, h, backward } = recurrence(projected, h0, options.lengths, step);
  return {
    outputs,
    h,
    backward(dOutputs: NdArray, dH: NdArray): RecurrenceGradients {
      dWeight.data.fill(0);
      const { dProjected, dH0 } = backward(dOutputs, dH);
      return { projected: dProjected, weight: dWeight, h0: dH0 };
    },
  };
}

/** Gates r z n; `bias` is b_hh, added to h · Wᵀ. */
export function gru(
  projected: NdArray,
  weight: NdArray,
  bias: NdArray | undefined,
  h0: NdArray,
  { resetAfter = true, lengths }: RecurrenceOptions = {},
) {
  const hidden = h0.shape[1] as number;
  const [dWeight, dBias] = [filled(weight.shape, 0), new Float64Array(3 * hidden)];
  const biases = bias?.data ?? new Float64Array(3 * hidden);
  const step = gruStep(weight.data, dWeight.data, hidden, resetAfter, biases, dBias);
  const { outputs, h, backward } = recurrence(projected, h0, lengths, step);
  return {
    outputs,
    h,
    backward(dOutputs: NdArray, dH: NdArray): RecurrenceGradients {
      dWeight.data.fill(0);
      dBias.fill(0);
      const { dProjected, dH0 } = backward(dOutputs, dH);
      return { projected: dProjected, weight: dWeight, h0: dH0, bias: array([3 * hidden], dBias) };
    },
  };
}

/** y[t, b] = x[t, b] where t < lengths[b], else 0. */
export const maskSteps = (x: NdArray, lengths: NdArray): NdArray =>
  moveSteps(x, lengths, (t, length) => (t < length ? t : -1));

/** y[t, b] = x[lengths[b] - 1 - t, b] where t < lengths[b], else x[t, b]. */
export const reverseSequence = (x: NdArray, lengths?: NdArray): NdArray =>
  moveSteps(x, lengths, (t, length) => (t < length ? length - 1 - t : t));

function moveSteps(x: NdArray, lengths: NdArray | undefined, source: (t: number, length: number) => number): NdArray {
  const [time, batch, ...rest] = x.shape as [number, number, ...number[]];
  const inner = rest.reduce((product, extent) => product * extent, 1);
  const y = { ...x, data: new Float64Array(x.data.length) };
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) {
      const from = source(t, lengths ? at(lengths.data, b) : time);
      if (from < 0) continue;
      const start = (from * batch + b) * inner;
      y.data.set(x.data.subarray(start, start + inner), (t * batch + b) * inner);
    }
  }
  return y;
}
