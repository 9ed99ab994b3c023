import type { TypedData } from "../../gpu/host-data.ts";
import type { Value } from "../../graph/value.ts";
import type { Metric } from "../../metrics/metric.ts";

/** Batches of a data set, `Batches` and `BatchStream` among them. */
export type DataSet<D> = Iterable<D> | AsyncIterable<D>;

/** What metrics came to, by name. */
export type MetricsOf<R> = R extends { readonly metrics: infer M }
  ? { readonly [K in keyof M]: M[K] extends Metric<infer V> ? V : never }
  : Record<never, never>;

/** What `Trainer.evaluate` gives. */
export interface Evaluated<R> {
  /**
   * The mean of the batches' losses. Where the loss is what a function of `losses` returned, each batch counts by the weights that
   * it is the mean of; else by its rows, the first extent of the inputs.
   */
  readonly loss: number;
  /** What the metrics' `finish` gave, by the names that the loss function returned them under. */
  readonly metrics: MetricsOf<R>;
}

/** Outputs that were read: numbers in row-major order, of the shape that the value has in the loss function. */
export type Read<V> = V extends Value ? TypedData : { readonly [K in keyof V]: Read<V[K]> };

/** What `Trainer.predict` gives for a batch: the outputs that the loss function returned. */
export type Predicted<R> = R extends { readonly outputs: infer O } ? Read<O> : never;

/** Whether it is a data set, not a batch. */
export const isDataSet = (data: unknown): data is DataSet<object> =>
  typeof data === "object" && data !== null && (Symbol.iterator in data || Symbol.asyncIterator in data);

interface Predictor {
  predict(data: DataSet<object>): AsyncGenerator<unknown, void, undefined>;
  predictOne(batch: object): Promise<unknown>;
}

/** What `Trainer.predict` does with one batch or with a data set. */
export function predictWith(evaluation: () => Promise<Predictor>, data: object): unknown {
  if (!isDataSet(data)) return evaluation().then((each) => each.predictOne(data));
  return (async function* () {
    yield* (await evaluation()).predict(data);
  })();
}
