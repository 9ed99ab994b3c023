/** What `fit` asks of data sets. */
import { fn } from "../../options.ts";
import type { PlainData, Resumable } from "../checkpoint/resumable.ts";
import type { DataSet } from "../evaluation/types.ts";

/** What data sets may have beside their batches. */
export type Data = DataSet<object> & {
  /** Batches of an epoch. */
  readonly length?: number;
  /** Whether the next batch begins an epoch. */
  readonly startsEpoch?: boolean;
} & Partial<Resumable<PlainData>>;

/** Whether it knows where it stands, and can be told. */
export const knowsPosition = (data: Data): data is Data & Resumable<PlainData> =>
  data.state !== undefined && fn.fits(data.restore);

/** Where it stands; null where it does not know. */
export function positionOf(data: Data): PlainData {
  if (!knowsPosition(data)) return null;
  return (typeof data.state === "function" ? data.state() : data.state) as PlainData;
}

export function restorePosition(data: Data, position: PlainData): void {
  if (position !== null && knowsPosition(data)) data.restore(position, new Map());
}

/** Batches one by one: at once, or promises of them. */
export interface Batches {
  next(): IteratorResult<object> | Promise<IteratorResult<object>>;
  return?(): unknown;
}

export function iterate(data: DataSet<object>): Batches {
  return Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]();
}
