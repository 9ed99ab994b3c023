import { array, type NdArray } from "./array.ts";
import type { AlignmentOptions } from "./ctc.ts";
import { logSoftmax } from "./reduce.ts";

const NONE = Number.NEGATIVE_INFINITY;

/** Of each row: what counts of it, and the log-probabilities of its lattice, NaN where a symbol is none. */
function rowOf(logs: NdArray, targets: NdArray, b: number, { lengths, targetLengths, blank = 0 }: AlignmentOptions) {
  const [, steps, width, classes] = logs.shape as [number, number, number, number];
  const length = lengths?.data[b] ?? steps;
  const count = targetLengths?.data[b] ?? width - 1;
  const spelt = Array.from(targets.data.subarray(b * (width - 1), b * (width - 1) + count));
  const at = (t: number, u: number, c: number) => logs.data[((b * steps + t) * width + u) * classes + c] as number;
  const symbol = (t: number, u: number) => {
    const c = spelt[u] as number;
    return c === blank || c < 0 || c >= classes ? Number.NaN : at(t, u, c);
  };
  return { length, count, spelt, blank: (t: number, u: number) => at(t, u, blank), symbol };
}

type Row = ReturnType<typeof rowOf>;

/** Log-probability of all beginnings that come to each cell, going step by step and not by diagonals. */
function beginningsOf({ length, count, blank, symbol }: Row): number[][] {
  const table: number[][] = [];
  for (let t = 0; t < length; t++) {
    const row: number[] = [];
    for (let u = 0; u <= count; u++) {
      const byBlank = t > 0 ? (table[t - 1]?.[u] as number) + blank(t - 1, u) : NONE;
      const bySymbol = u > 0 ? (row[u - 1] as number) + symbol(t, u - 1) : NONE;
      row.push(t === 0 && u === 0 ? 0 : logSum(byBlank, bySymbol));
    }
    table.push(row);
  }
  return table;
}

/** And of all ends that go from it. */
function endsOf({ length, count, blank, symbol }: Row): number[][] {
  const table: number[][] = Array.from({ length }, () => []);
  for (let t = length - 1; t >= 0; t--) {
    const row = table[t] as number[];
    for (let u = count; u >= 0; u--) {
      const after = t + 1 < length ? (table[t + 1]?.[u] as number) : u === count ? 0 : NONE;
      row[u] = logSum(after + blank(t, u), u < count ? (row[u + 1] as number) + symbol(t, u) : NONE);
    }
  }
  return table;
}

/** Losses [B] of logits [B, T, U + 1, C]. */
export function rnntLosses(logits: NdArray, targets: NdArray, options: AlignmentOptions = {}): NdArray {
  const [batch] = logits.shape as [number];
  const logs = logSoftmax(logits);
  const losses = Array.from({ length: batch }, (_, b) => {
    const row = rowOf(logs, targets, b, options);
    const { length, count, blank } = row;
    const last = beginningsOf(row).at(-1)?.[count];
    const total = last === undefined ? (count === 0 ? 0 : NONE) : last + blank(length - 1, count);
    return total === NONE && options.zeroInfinity ? 0 : -total;
  });
  return array([batch], losses);
}

/** Gradients of the losses, each times its cotangent: by the share of alignments that emit a class from a cell. */
export function rnntGradients(
  logits: NdArray,
  targets: NdArray,
  cotangents: NdArray,
  options: AlignmentOptions = {},
): NdArray {
  const [batch, steps, width, classes] = logits.shape as [number, number, number, number];
  const logs = logSoftmax(logits);
  const losses = rnntLosses(logits, targets, options);
  const data = new Float64Array(logits.data.length);
  for (let b = 0; b < batch; b++) {
    const row = rowOf(logs, targets, b, options);
    const { length, count, spelt, blank, symbol } = row;
    const [begins, ends] = [beginningsOf(row), endsOf(row)];
    const loss = losses.data[b] as number;
    for (let t = 0; t < length; t++) {
      for (let u = 0; u <= count; u++) {
        const from = (begins[t]?.[u] as number) + loss;
        const behind = t + 1 < length ? (ends[t + 1]?.[u] as number) : u === count ? 0 : NONE;
        const byBlank = Math.exp(from + blank(t, u) + behind);
        const bySymbol = u < count ? Math.exp(from + symbol(t, u) + (ends[t]?.[u + 1] as number)) : 0;
        for (let c = 0; c < classes; c++) {
          const at = ((b * steps + t) * width + u) * classes + c;
          const emitted = (c === (options.blank ?? 0) ? byBlank : 0) + (c === spelt[u] ? bySymbol : 0);
          const all = Math.exp(from + (ends[t]?.[u] as number));
          data[at] = (Math.exp(logs.data[at] as number) * all - emitted) * (cotangents.data[b] as number);
        }
      }
    }
  }
  return { ...logits, data };
}

function logSum(a: number, b: number): number {
  const largest = Math.max(a, b);
  return largest === NONE ? NONE : largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest));
}

/** −log of Σ over every order of the symbols and of one blank for each step, written out; the last one is a blank. */
export function rnntByEnumeration(logits: NdArray, spelt: readonly number[], blank: number): number {
  const [, steps, width, classes] = logits.shape as [number, number, number, number];
  const logs = logSoftmax(logits);
  const go = (t: number, u: number, logarithm: number): number => {
    if (t === steps) return u === spelt.length ? Math.exp(logarithm) : 0;
    const at = (c: number) => logs.data[(t * width + u) * classes + c] as number;
    const symbol = spelt[u];
    const further = symbol === undefined ? 0 : go(t, u + 1, logarithm + at(symbol));
    return go(t + 1, u, logarithm + at(blank)) + further;
  };
  return -Math.log(go(0, 0, 0));
}
