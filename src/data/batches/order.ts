import { permutation } from "../random.ts";

/** What an epoch's order depends on. */
export interface Ordering {
  readonly rows: number;
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Rows stay in their order where there is none. */
  readonly seed: number | undefined;
  /** To each row the bucket that it belongs to; all to one where there are none. */
  readonly bucketOf: ((row: number) => number) | undefined;
}

/** The rows of each batch of an epoch, by the epoch's number alone. */
export function batchesOfEpoch(ordering: Ordering, epoch: number): Int32Array[] {
  const { rows, batchSize, dropLast, seed, bucketOf } = ordering;
  const order = seed === undefined ? Int32Array.from({ length: rows }, (_, i) => i) : permutation(rows, seed, epoch);
  const full: Int32Array[] = [];
  const open = new Map<number, number[]>();
  for (const row of order) {
    const bucket = bucketOf ? bucketOf(row) : 0;
    const waiting = open.get(bucket) ?? [];
    if (waiting.length === 0) open.set(bucket, waiting);
    waiting.push(row);
    if (waiting.length < batchSize) continue;
    full.push(Int32Array.from(waiting));
    open.delete(bucket);
  }
  if (dropLast) return full;
  // smaller ones come last, the shorter rows first
  const rest = [...open].sort(([a], [b]) => a - b).map(([, waiting]) => Int32Array.from(waiting));
  return [...full, ...rest];
}

/** How many batches that are, for any order. */
export function countBatches({ rows, batchSize, dropLast, bucketOf }: Ordering): number {
  const sizes = new Map<number, number>();
  if (!bucketOf) sizes.set(0, rows);
  else for (let row = 0; row < rows; row++) sizes.set(bucketOf(row), (sizes.get(bucketOf(row)) ?? 0) + 1);
  const round = dropLast ? Math.floor : Math.ceil;
  return [...sizes.values()].reduce((count, size) => count + round(size / batchSize), 0);
}
