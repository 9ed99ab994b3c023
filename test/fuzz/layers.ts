/** Layers that are not recurrent, with values in place of their parameters. */
import { traceIn } from "../../src/graph/mode.ts";
import { nn, type Pooling, pool, type Value } from "../../src/index.ts";
import { map, type NdArray } from "../reference/array.ts";
import * as reference from "../reference/layers.ts";

export interface LayerOps<T> {
  /** weight [output, input / groups, window] */
  conv1d(x: T, weight: T, options: nn.Conv1dOptions, given: { readonly bias?: T; readonly lengths?: T }): T;
  /** By the statistics of the batch. */
  batchNorm(x: T, weight: T, bias: T, given: { readonly lengths?: T }): T;
  pooled(x: T, pooling: Pooling, given: { readonly lengths?: T; readonly scores?: T }): T;
}

export const layers: LayerOps<Value> = {
  conv1d(x, weight, options, { bias, ...given }) {
    const [output = 0, own = 0, window = 0] = weight.shape;
    const layer = new nn.Conv1d(own * (options.groups ?? 1), output, window, { ...options, bias: bias !== undefined });
    return Object.assign(layer, { weight, bias: bias ?? null }).forward(x, given);
  },
  batchNorm(x, weight, bias, given) {
    const layer = Object.assign(new nn.BatchNorm(weight.shape[0] as number), { weight, bias });
    return traceIn(true, () => layer.forward(x, given));
  },
  pooled: (x, pooling, { lengths, scores }) => pool(x, lengths, pooling, scores),
};

export const layerOracles: LayerOps<NdArray> = {
  conv1d: (x, weight, options, { bias, lengths }) =>
    reference.conv1d(reference.within(x, lengths), weight, bias, options),
  batchNorm: (x, weight, bias, { lengths }) => reference.batchNorm(x, weight, bias, lengths).y,
  pooled: (x, pooling, { lengths, scores }) => reference.pool(x, lengths, pooling, scores),
};

/** The least deviation of a feature over the batch. */
export function deviationOfBatch(x: NdArray, weight: NdArray, bias: NdArray, lengths: NdArray | undefined): number {
  const { variance } = reference.batchNorm(x, weight, bias, lengths);
  return Math.sqrt(variance.data.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY));
}

/** What the steps that count hold, and numbers far below, of which no two are the same. */
export function countedSteps(x: NdArray, lengths: NdArray | undefined): NdArray {
  if (!lengths) return x;
  const counts = reference.within(
    map(x, () => 1),
    lengths,
  );
  return { ...x, data: x.data.map((value, i) => (counts.data[i] === 1 ? value : -1000 - i)) };
}
