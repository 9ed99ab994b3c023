/**
 * The products of attention that stores its scores, and their gradients: over the pairs of a query and a key that are seen, so
 * that a hidden one has no influence, whatever stands there.
 */

import { applyOne } from "../../graph/apply.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import type { Shape } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { select } from "../elementwise/select.ts";
import { reshape } from "../layout/layout.ts";
import { lowerMatmul } from "../matmul/lower.ts";
import { broadcastTo } from "../rows/reduce.ts";
import { lowerRestore } from "./restore.ts";

/** Of a result, a row for each query, for each key, or an element for each pair. */
type Form = "queries" | "keys" | "pairs";

interface SeenProduct {
  readonly form: Form;
  readonly kvHeads: number;
}

type FourExtents = readonly [number, number, number, number];

type Factors = {
  readonly a: Value;
  readonly b: Value;
  /** What is seen, if not all is: [batch or 1, heads or 1, queries or 1, keys]. */
  readonly seen?: Value | undefined;
};

/**
 * `pairs`: a has a row for each query, b for each key. `queries`: a is the pairs', b has a row for each key. `keys`: a is the
 * pairs', b has a row for each query.
 */
const seenProductOp: Op<SeenProduct, Factors> = {
  name: "seenProduct",
  gradient({ inputs: { a, b, seen }, attributes: { form, kvHeads } }, { y: g }) {
    const of = (other: Form, x: Value, y: Value) => () => seenProduct(other, { a: x, b: y, seen }, kvHeads);
    if (form === "queries") return { a: of("pairs", g, b), b: of("keys", a, g) };
    if (form === "keys") return { a: of("pairs", b, g), b: of("queries", a, g) };
    const own = seen ? select(seen, g, 0) : g;
    return { a: of("queries", own, b), b: of("keys", own, a) };
  },
  vectorize({ inputs: originals, attributes: { form, kvHeads } }, inputs, stacked, length) {
    const mask = originals.seen;
    // a mask that a batch shares and that changes over time has no place in a batch of all times
    if (mask && stacked.seen && mask.shape[0] !== originals.a.shape[0]) return null;
    // the time axis is merged with the batch, which all inputs then have but for a mask that serves all
    const merge = (x: Value, isStacked: boolean) => {
      const own = isStacked ? x : broadcastTo(x, [length, ...x.shape]);
      const [, batch = 1, ...rest] = own.shape;
      return reshape(own, [length * batch, ...rest]);
    };
    const servesAll = !stacked.seen && inputs.seen?.shape[0] === 1;
    const y = seenProduct(
      form,
      {
        a: merge(inputs.a, stacked.a),
        b: merge(inputs.b, stacked.b),
        seen: inputs.seen && (servesAll ? inputs.seen : merge(inputs.seen, !!stacked.seen)),
      },
      kvHeads,
    );
    return { y: reshape(y, [length, (y.shape[0] as number) / length, ...y.shape.slice(1)]) };
  },
  lower({ inputs, outputs, attributes: { form, kvHeads } }, to) {
    const { a, b, seen } = to.slots(inputs);
    const y = to.output(outputs.y);
    const pairs = (form === "pairs" ? y : a).shape as FourExtents;
    const [batch, heads, queries, keys] = pairs;
    const group = heads / kvHeads;
    const dim = (form === "pairs" ? a : b).shape[3] as number;
    // the query heads that read one key/value head are rows of one matrix
    const rows = group * queries;
    const extents = {
      pairs: { m: rows, n: keys, k: dim, transposeA: false, transposeB: true },
      queries: { m: rows, n: dim, k: keys, transposeA: false, transposeB: false },
      keys: { m: keys, n: dim, k: rows, transposeA: true, transposeB: false },
    }[form];
    const matrices = batch * kvHeads;
    lowerMatmul(to, { batch: matrices, ...extents, aBatched: matrices > 1, bBatched: matrices > 1 }, a, b, y);
    if (form !== "pairs" && seen) restore(to, form, { pairs, group, dim }, seen, a, b, y);
  },
};

function restore(
  to: Lowering,
  form: "queries" | "keys",
  { pairs: [batch, heads, queries, keys], group, dim }: { pairs: FourExtents; group: number; dim: number },
  mask: Slot,
  a: Slot,
  b: Slot,
  y: Slot,
): void {
  const sizes = { matrices: batch * heads, group, rows: queries, keys, dim };
  lowerRestore(to, form, sizes, { mask, heads }, a, b, y);
}

function seenProduct(form: Form, factors: Factors, kvHeads: number): Value {
  const { a, b, seen } = factors;
  const [batch, heads, queries] = a.shape as FourExtents;
  const shapes: Readonly<Record<Form, () => Shape>> = {
    pairs: () => [batch, heads, queries, b.shape[2] as number],
    queries: () => [batch, heads, queries, b.shape[3] as number],
    keys: () => [batch, kvHeads, a.shape[3] as number, b.shape[3] as number],
  };
  const spec = { shape: shapes[form](), dtype: "float32" as const };
  const y = applyOne(seenProductOp, factors, { form, kvHeads }, spec);
  return form === "pairs" && seen ? select(seen, y, 0) : y;
}

/** Inner products of a [batch, heads, queries, dim] and b [batch, kvHeads, keys, dim], 0 where a pair is hidden. */
export const seenPairs = (a: Value, b: Value, seen: Value | undefined): Value =>
  seenProduct("pairs", { a, b, seen }, b.shape[1] as number);

/** weights [batch, heads, queries, keys] times x [batch, kvHeads, keys, dim]. */
export const seenSums = (weights: Value, x: Value, seen: Value | undefined): Value =>
  seenProduct("queries", { a: weights, b: x, seen }, x.shape[1] as number);
