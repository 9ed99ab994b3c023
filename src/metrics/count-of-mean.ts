import type { Value } from "../graph/value.ts";

/** How much means count among those of other batches. */
const counts = new WeakMap<Value, Value | number>();

/** Notes of a value that it is the mean of so many, or of what has this weight in all. */
export function noteMean<V extends Value>(mean: V, count: Value | number): V {
  counts.set(mean, count);
  return mean;
}

/** What `noteMean` was told of a value, if it was. */
export const countOfMean = (value: Value): Value | number | undefined => counts.get(value);
