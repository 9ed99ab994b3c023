import { array, type NdArray } from "./array.ts";

/** Causal self-attention of [batch, heads, n, dim] and its gradients in float64, written out, a query at a time. */
export function causalGradients(q: NdArray, k: NdArray, v: NdArray, g: NdArray) {
  const [batch, heads, n, dim] = q.shape as [number, number, number, number];
  const [y, dQ, dK, dV] = [q, q, k, v].map((x) => new Float64Array(x.data.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const dot = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number) => {
    let total = 0;
    for (let d = 0; d < dim; d++) total += (a[i * dim + d] as number) * (b[j * dim + d] as number);
    return total;
  };
  const addTo = (to: Float64Array, i: number, factor: number, x: ArrayLike<number>, j: number) => {
    for (let d = 0; d < dim; d++) to[i * dim + d] = (to[i * dim + d] as number) + factor * (x[j * dim + d] as number);
  };
  const weights = new Float64Array(n);
  for (let row = 0; row < batch * heads * n; row++) {
    const first = Math.floor(row / n) * n;
    const last = row - first;
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j <= last; j++) {
      weights[j] = dot(q.data, row, k.data, first + j) / Math.sqrt(dim);
      largest = Math.max(largest, weights[j] as number);
    }
    let total = 0;
    for (let j = 0; j <= last; j++) {
      weights[j] = Math.exp((weights[j] as number) - largest);
      total += weights[j] as number;
    }
    for (let j = 0; j <= last; j++) addTo(y, row, (weights[j] as number) / total, v.data, first + j);
    const delta = dot(g.data, row, y, row);
    for (let j = 0; j <= last; j++) {
      const p = (weights[j] as number) / total;
      const dScore = (p * (dot(g.data, row, v.data, first + j) - delta)) / Math.sqrt(dim);
      addTo(dV, first + j, p, g.data, row);
      addTo(dQ, row, dScore, k.data, first + j);
      addTo(dK, first + j, dScore, q.data, row);
    }
  }
  return { y: array(q.shape, y), dQ: array(q.shape, dQ), dK: array(k.shape, dK), dV: array(v.shape, dV) };
}
