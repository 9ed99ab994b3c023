/** Losses written out element by element. */
import { array, type NdArray, sizeOf } from "./array.ts";
import { logSoftmax } from "./reduce.ts";

export interface LossChoice {
  readonly weights?: NdArray;
  readonly reduction?: "mean" | "sum" | "none";
}

/** Losses of `shape`, of which those with weight 0 are not even looked at. */
export function reduced(
  shape: readonly number[],
  lossAt: (i: number) => number,
  { weights, reduction = "mean" }: LossChoice,
): NdArray {
  const size = sizeOf(shape);
  const each = weights ? size / weights.data.length : 1;
  const weightOf = (i: number) => (weights ? (weights.data[Math.floor(i / each)] as number) : 1);
  const losses = Array.from({ length: size }, (_, i) => (weightOf(i) === 0 ? 0 : weightOf(i) * lossAt(i)));
  if (reduction === "none") return array(shape, losses);
  const total = losses.reduce((a, b) => a + b, 0);
  const count = Array.from({ length: size }, (_, i) => weightOf(i)).reduce((a, b) => a + b, 0);
  return array([], [reduction === "sum" ? total : total / (count || 1)]);
}

const byElement =
  <O extends LossChoice>(loss: (x: number, y: number, options: O) => number) =>
  (x: NdArray, y: NdArray, options = {} as O): NdArray =>
    reduced(x.shape, (i) => loss(x.data[i] as number, y.data[i] as number, options), options);

const byRow =
  <O extends LossChoice>(loss: (x: Float64Array, y: Float64Array, options: O) => number) =>
  (x: NdArray, y: NdArray, options = {} as O): NdArray => {
    const width = x.shape.at(-1) as number;
    const row = ({ data }: NdArray, i: number) => data.subarray(i * width, (i + 1) * width);
    return reduced(x.shape.slice(0, -1), (i) => loss(row(x, i), row(y, i), options), options);
  };

const sumOf = (x: Float64Array, f: (value: number, i: number) => number): number =>
  x.reduce((sum, v, i) => sum + f(v, i), 0);
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const meanSquaredError = byElement((x, y) => (x - y) ** 2);
export const meanAbsoluteError = byElement((x, y) => Math.abs(x - y));
export const huber = byElement((x, y, { delta = 1 }: LossChoice & { delta?: number }) => {
  const error = Math.abs(x - y);
  return error <= delta ? 0.5 * error ** 2 : delta * (error - 0.5 * delta);
});
export const quantile = byElement((x, y, { quantile: share = 0.5 }: LossChoice & { quantile?: number }) =>
  Math.max(share * (y - x), (share - 1) * (y - x)),
);
export const binaryCrossEntropy = byElement(
  (
    x,
    y,
    { positiveWeight = 1, labelSmoothing = 0 }: LossChoice & { positiveWeight?: number; labelSmoothing?: number },
  ) => {
    const target = y * (1 - labelSmoothing) + labelSmoothing / 2;
    return positiveWeight * target * softplus(-x) + (1 - target) * softplus(x);
  },
);
export const hinge = byElement((x, y, { margin = 1 }: LossChoice & { margin?: number }) => Math.max(0, margin - x * y));
export const klDivergence = byRow((q, p, { logTargets = false }: LossChoice & { logTargets?: boolean }) =>
  sumOf(p, (value, i) => {
    if (logTargets) return Math.exp(value) * (value - (q[i] as number));
    return value === 0 ? 0 : value * (Math.log(value) - (q[i] as number));
  }),
);
export const cosineDistance = byRow((x, y) => {
  const length = (v: Float64Array) => Math.max(Math.sqrt(sumOf(v, (value) => value ** 2)), 1e-8);
  return 1 - sumOf(x, (value, i) => value * (y[i] as number)) / (length(x) * length(y));
});

export interface ClassChoice extends LossChoice {
  readonly classWeights?: NdArray;
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
}

/** Of log-probabilities and of classes, int32, or of probabilities; weights are those of rows. */
function ofClasses(logs: NdArray, targets: NdArray, choice: ClassChoice): NdArray {
  const { weights, classWeights, ignoreIndex, labelSmoothing = 0, reduction = "mean" } = choice;
  const classes = logs.shape.at(-1) as number;
  const weightOf = (c: number) => classWeights?.data[c] ?? 1;
  const each = weights ? logs.data.length / classes / weights.data.length : 1;
  let [total, count] = [0, 0];
  const losses = Array.from({ length: logs.data.length / classes }, (_, row) => {
    const target = targets.dtype === "int32" ? (targets.data[row] as number) : null;
    const weight = weights ? (weights.data[Math.floor(row / each)] as number) : 1;
    if (weight === 0 || (target !== null && (target < 0 || target === ignoreIndex))) return 0;
    count += weight * (target === null ? 1 : weightOf(target));
    let loss = 0;
    for (let c = 0; c < classes; c++) {
      const share = target === null ? (targets.data[row * classes + c] as number) : Number(c === target);
      const part = weightOf(c) * (share * (1 - labelSmoothing) + labelSmoothing / classes);
      if (part !== 0) loss -= part * (logs.data[row * classes + c] as number);
    }
    total += weight * loss;
    return weight * loss;
  });
  if (reduction === "none") return array(logs.shape.slice(0, -1), losses);
  return array([], [reduction === "sum" ? total : total / (count || 1)]);
}

export const crossEntropy = (logits: NdArray, targets: NdArray, choice: ClassChoice = {}): NdArray =>
  ofClasses(logSoftmax(logits), targets, choice);
export const negativeLogLikelihood = (logs: NdArray, targets: NdArray, choice: ClassChoice = {}): NdArray =>
  ofClasses(logs, targets, choice);
