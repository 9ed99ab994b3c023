import { array, type NdArray } from "./array.ts";
import { logSoftmax } from "./reduce.ts";

export interface AlignmentOptions {
  readonly lengths?: NdArray | undefined;
  readonly targetLengths?: NdArray | undefined;
  readonly blank?: number;
  readonly zeroInfinity?: boolean;
}

/** Losses [B] by going forward through the states of each row, as probabilities and not as logarithms. */
export function ctcLosses(logits: NdArray, targets: NdArray, options: AlignmentOptions = {}): NdArray {
  const [batch, steps, classes] = logits.shape as [number, number, number];
  const symbols = targets.shape[1] as number;
  const { blank = 0, zeroInfinity = false } = options;
  const logs = logSoftmax(logits);
  const losses = Array.from({ length: batch }, (_, b) => {
    const length = options.lengths?.data[b] ?? steps;
    const count = options.targetLengths?.data[b] ?? symbols;
    const spelt = Array.from(targets.data.subarray(b * symbols, b * symbols + count));
    if (spelt.some((symbol) => symbol === blank || symbol < 0 || symbol >= classes)) return Number.NaN;
    const states = [blank, ...spelt.flatMap((symbol) => [symbol, blank])];
    const at = (t: number, state: number) => Math.exp(logs.data[(b * steps + t) * classes + state] as number);
    let reached = states.map((_, s) => Number(s === 0));
    // scaled at each step: the logarithm is the sum of those of the scales
    let logarithm = 0;
    for (let t = 0; t < length; t++) {
      const next = states.map((state, s) => {
        let sum = (reached[s] as number) + (s > 0 ? (reached[s - 1] as number) : 0);
        if (t === 0) sum = Number(s < 2);
        else if (s > 1 && state !== blank && state !== states[s - 2]) sum += reached[s - 2] as number;
        return sum === 0 ? 0 : sum * at(t, state);
      });
      const scale = Math.max(...next) || (next.some(Number.isNaN) ? Number.NaN : 1);
      logarithm += Math.log(scale);
      reached = next.map((value) => value / scale);
    }
    const ends = length === 0 ? reached.slice(-1) : reached.slice(-2);
    if (length === 0 && count > 0) ends.fill(0);
    const loss = -(logarithm + Math.log(ends.reduce((a, b) => a + b)));
    return loss === Number.POSITIVE_INFINITY && zeroInfinity ? 0 : loss;
  });
  return array([batch], losses);
}

/** Gradients of the losses, each times its cotangent: the softmax less the share of paths that are in a state of the class. */
export function ctcGradients(
  logits: NdArray,
  targets: NdArray,
  cotangents: NdArray,
  options: AlignmentOptions = {},
): NdArray {
  const [batch, steps, classes] = logits.shape as [number, number, number];
  const symbols = targets.shape[1] as number;
  const { blank = 0 } = options;
  const logs = logSoftmax(logits);
  const losses = ctcLosses(logits, targets, options);
  const data = new Float64Array(logits.data.length);
  for (let b = 0; b < batch; b++) {
    const length = options.lengths?.data[b] ?? steps;
    const count = options.targetLengths?.data[b] ?? symbols;
    const spelt = Array.from(targets.data.subarray(b * symbols, b * symbols + count));
    const states = [blank, ...spelt.flatMap((symbol) => [symbol, blank])];
    const at = (t: number, state: number) => logs.data[(b * steps + t) * classes + state] as number;
    const skips = (s: number) => s > 1 && states[s] !== blank && states[s] !== states[s - 2];
    const [begins, ends] = [0, 1].map(() => Array.from({ length }, () => states.map(() => Number.NEGATIVE_INFINITY)));
    const of = (table: readonly number[][] | undefined, t: number, s: number) =>
      table?.[t]?.[s] ?? Number.NEGATIVE_INFINITY;
    for (let t = 0; t < length; t++) {
      const back = length - 1 - t;
      states.forEach((state, s) => {
        const before = [
          of(begins, t - 1, s),
          of(begins, t - 1, s - 1),
          skips(s) ? of(begins, t - 1, s - 2) : Number.NEGATIVE_INFINITY,
        ];
        const first = s < 2 ? 0 : Number.NEGATIVE_INFINITY;
        (begins?.[t] as number[])[s] = at(t, state) + (t === 0 ? first : logSum(before));
        const next = [s, s + 1, ...(skips(s + 2) ? [s + 2] : [])].filter((to) => to < states.length);
        const behind = next.map((to) => of(ends, back + 1, to) + (t === 0 ? 0 : at(back + 1, states[to] as number)));
        const last = s > states.length - 3 ? 0 : Number.NEGATIVE_INFINITY;
        (ends?.[back] as number[])[s] = t === 0 ? last : logSum(behind);
      });
    }
    for (let t = 0; t < length; t++) {
      for (let c = 0; c < classes; c++) {
        const shares = states.map((state, s) =>
          state === c ? Math.exp(of(begins, t, s) + of(ends, t, s) + (losses.data[b] as number)) : 0,
        );
        const share = shares.reduce((sum, each) => sum + each, 0);
        // of a row without a path there is no slope
        const slope = losses.data[b] === Number.POSITIVE_INFINITY ? Number.NaN : (cotangents.data[b] as number);
        data[(b * steps + t) * classes + c] = (Math.exp(at(t, c)) - share) * slope;
      }
    }
  }
  return { ...logits, data };
}

/** Of logarithms, of which some may be −∞. */
function logSum(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  return largest + Math.log(terms.reduce((sum, each) => sum + Math.exp(each - largest), 0));
}

/** −log of Σ over every path of `length` steps that spells the targets: each class at each step, written out. */
export function ctcByEnumeration(logits: NdArray, spelt: readonly number[], blank: number): number {
  const [, steps, classes] = logits.shape as [number, number, number];
  const logs = logSoftmax(logits);
  let total = 0;
  for (let number = 0; number < classes ** steps; number++) {
    const path = Array.from({ length: steps }, (_, t) => Math.floor(number / classes ** t) % classes);
    const collapsed = path.filter((symbol, t) => symbol !== blank && symbol !== path[t - 1]);
    if (collapsed.join() !== spelt.join()) continue;
    total += Math.exp(path.reduce((sum, symbol, t) => sum + (logs.data[t * classes + symbol] as number), 0));
  }
  return -Math.log(total);
}
