/** Zeros in place of what is hidden, in front of layers whose weights' gradients sum over all positions: 0 · NaN is NaN. */
import { sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { select } from "../ops/elementwise/select.ts";
import { reshape } from "../ops/layout/layout.ts";
import { withinLengths } from "../ops/recurrent/within-lengths.ts";
import { sum } from "../ops/rows/reduce.ts";
import type { SeenOptions } from "./attention-arguments.ts";

/** x [batch, length, ...] with zeros behind the lengths, if there are any that fit; what does not is refused further on. */
export const withoutPadding = (x: Value, lengths: Value | undefined): Value =>
  lengths && lengths.dtype === "int32" && x.rank > 1 && sameShape(lengths.shape, [x.shape[0] as number])
    ? withinLengths(x, lengths)
    : x;

/** What attention reads, with zeros for the keys that no query sees; in self-attention the queries are those, too. */
export function keysThatCount(
  query: Value,
  key: Value,
  value: Value,
  { lengths, mask }: SeenOptions,
): [query: Value, key: Value, value: Value] {
  const own = new Map<Value, Value>();
  const clean = (x: Value): Value => {
    const found = own.get(x) ?? withoutPadding(query === key ? x : withoutHidden(x, mask), lengths);
    own.set(x, found);
    return found;
  };
  return [query === key ? clean(query) : query, clean(key), clean(value)];
}

/** x [batch, keys, features] with zeros where the mask [batch or 1, heads or 1, queries, keys] hides a key from all. */
function withoutHidden(x: Value, mask: Value | undefined): Value {
  if (mask?.dtype !== "float32" || x.rank !== 3 || mask.rank < 3) return x;
  const [keys, batch] = [mask.shape.at(-1) as number, mask.rank === 4 ? (mask.shape[0] as number) : 1];
  if (keys !== x.shape[1] || (batch !== 1 && batch !== x.shape[0])) return x;
  const seen = sum(reshape(select(mask, 1, 0), [batch, -1, keys]), 1);
  return select(reshape(seen, [batch, keys, 1]), x, 0);
}
