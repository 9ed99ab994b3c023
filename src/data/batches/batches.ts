import { ArgumentError, DataError } from "../../errors.ts";
import { checkArgument, countOrZero, object, required, show } from "../../options.ts";
import type { Shaped } from "../arrays.ts";
import { type Arrays, type Field, fieldsOf, gather } from "./fields.ts";
import { type BatchOptions, bucketFor, checkBatchOptions, checkLengthNames } from "./options.ts";
import { batchesOfEpoch, countBatches, type Ordering } from "./order.ts";
import { padRows } from "./pad.ts";

/** A batch: to each field its rows, [batch, …], and to each name of lengths those, int32 [batch]. */
export type Batch<Name extends string = string> = Readonly<Record<Name, Shaped>>;

/** Names of the lengths that options declare. */
export type LengthNames<O> = O extends { readonly lengths: Readonly<Record<string, infer Name extends string>> }
  ? Name
  : never;

/** Where `Batches` or a `BatchStream` stands: plain numbers, which JSON keeps. */
export interface BatchState {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Batches of this epoch that were given. */
  readonly batch: number;
  /** What the order depends on. */
  readonly rows: number | null;
  /** Rows of a batch, as the order was made for. */
  readonly batchSize: number;
  /** Seed of the order; null where rows come in their own order. */
  readonly seed: number | null;
}

/**
 * Batches from arrays of equally many rows: what a trainer takes as it is. A field is a typed array (a number a row, or rows
 * of the shape that it carries), or an array of numbers or rows. Fields of plain numbers come as Float64Array, which inputs
 * of every type take; others keep their type. Fields are read when a batch is made: do not change them.
 *
 * A loop `for (const batch of batches)` gives what is left of an epoch, and the next loop the next epoch; `next()` goes on
 * without end. A batch is made when it is asked for, which `fit` does while steps are in flight. The order of an epoch depends on
 * the seed and the epoch's number alone.
 *
 * @example
 * ```ts
 * import { Batches } from "seqgrad/data";
 *
 * const batches = new Batches({ x: [[0, 1], [1, 2], [2, 3]], y: [0, 1, 2] }, { batchSize: 2, shuffle: 1 });
 * for (const { x, y } of batches) console.log(x, y); // one epoch
 * ```
 */
export class Batches<A extends Arrays = Arrays, const O extends BatchOptions = BatchOptions> {
  /** Rows in all. */
  readonly rows: number;
  /** Rows of a batch; the last of an epoch may have fewer. */
  readonly batchSize: number;
  /** Batches of an epoch. */
  readonly length: number;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #options: BatchOptions;
  readonly #ordering: Ordering;
  #epoch = 0;
  #batch = 0;
  #order: { readonly epoch: number; readonly batches: readonly Int32Array[] } | undefined;

  /**
   * Throws ShapeError for ragged rows (without `lengths`) and fields of unequally many rows, DataError for what is no
   * number, for no rows, for rows longer than the last bucket, and where `dropLast` leaves nothing.
   */
  constructor(arrays: A, options: O) {
    if (isRows(arrays)) {
      throw new ArgumentError(
        "Batches: arrays is rows one by one, expected arrays by name, as { x: rows, y: labels }; rows that come as objects are for BatchStream",
      );
    }
    checkArgument("Batches", "arrays", arrays, required(object));
    checkBatchOptions("Batches", options);
    const { batchSize, dropLast = false, shuffle, lengths = {}, buckets } = options;
    this.#options = { ...options };
    this.#fields = fieldsOf("Batches", arrays, new Set(Object.keys(lengths)));
    checkLengthNames("Batches", lengths, this.#fields.keys());
    this.rows = (this.#fields.values().next().value as Field).rows;
    this.batchSize = batchSize;
    const bucketOf = buckets ? this.#bucketsOfRows(buckets) : undefined;
    this.#ordering = {
      rows: this.rows,
      batchSize,
      dropLast,
      seed: typeof shuffle === "number" ? shuffle : undefined,
      bucketOf: bucketOf && ((row) => bucketOf[row] as number),
    };
    this.length = countBatches(this.#ordering);
    if (this.length > 0) return;
    throw new DataError(
      `Batches: ${this.rows} rows make no whole batch of ${batchSize}, and dropLast leaves the rest out, expected at least ${batchSize} rows; take smaller batches or leave dropLast out`,
    );
  }

  #bucketsOfRows(buckets: readonly number[]): Int32Array {
    const places = new Int32Array(this.rows);
    for (const [name, field] of this.#fields) {
      if (field.kind !== "ragged") continue;
      for (const [row, { shape }] of field.sequences.entries()) {
        const place = bucketFor(`Batches: ${name}: row ${row}`, buckets, shape[0] as number);
        places[row] = Math.max(places[row] as number, place);
      }
    }
    return places;
  }

  /** The epoch of the next batch, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the next batch begins an epoch. */
  get startsEpoch(): boolean {
    return this.#batch === 0;
  }

  /** The next batch; there is always one. */
  next(): Batch<(keyof A & string) | LengthNames<O>> {
    if (this.#order?.epoch !== this.#epoch) {
      this.#order = { epoch: this.#epoch, batches: batchesOfEpoch(this.#ordering, this.#epoch) };
    }
    const rows = this.#order.batches[this.#batch] as Int32Array;
    const batch = this.#make(rows);
    this.#batch++;
    if (this.#batch === this.length) {
      this.#epoch++;
      this.#batch = 0;
    }
    return batch as Batch<(keyof A & string) | LengthNames<O>>;
  }

  #make(rows: Int32Array): Batch {
    const { lengths = {}, buckets, pad } = this.#options;
    const { bucketOf } = this.#ordering;
    const length = buckets && bucketOf ? buckets[bucketOf(rows[0] as number)] : undefined;
    const batch: Record<string, Shaped> = {};
    for (const [name, field] of this.#fields) {
      if (field.kind === "dense") batch[name] = gather("Batches", field, rows);
      else {
        const own = Array.from(rows, (row) => field.sequences[row] as (typeof field.sequences)[number]);
        const padded = padRows(`Batches: ${name}`, own, { ...pad, length }, "row of the batch");
        batch[name] = padded.data;
        batch[lengths[name] as string] = padded.lengths as unknown as Shaped;
      }
    }
    return batch;
  }

  /** What is left of the epoch. A loop that is broken off leaves the rest to the next; `restore` begins anew. */
  *[Symbol.iterator](): IterableIterator<Batch<(keyof A & string) | LengthNames<O>>> {
    const { epoch } = this;
    while (this.#epoch === epoch) yield this.next();
  }

  /** The position, to be saved. */
  state(): BatchState {
    const { rows, batchSize } = this;
    return { epoch: this.#epoch, batch: this.#batch, rows, batchSize, seed: this.#ordering.seed ?? null };
  }

  /**
   * Goes to a saved position: what comes then is what came then. Throws DataError where it belongs to other rows, another
   * batch size or another seed.
   */
  restore(state: BatchState): void {
    const { epoch, batch } = readState("Batches.restore", state, this.state());
    if (batch >= this.length) {
      throw new DataError(
        `Batches.restore: batch is ${batch}, expected less than ${this.length}, the batches of an epoch`,
      );
    }
    this.#epoch = epoch;
    this.#batch = batch;
  }
}

const isRows = (given: unknown): boolean =>
  typeof given === "object" && given !== null && (Symbol.iterator in given || Symbol.asyncIterator in given);

/** Checks a saved position against the present one. */
export function readState(where: string, state: BatchState, own: BatchState): BatchState {
  checkArgument(where, "state", state, required(object));
  checkArgument(where, "state.epoch", state.epoch, required(countOrZero));
  checkArgument(where, "state.batch", state.batch, required(countOrZero));
  for (const key of ["rows", "batchSize", "seed"] as const) {
    if (state[key] === own[key]) continue;
    throw new DataError(
      `${where}: the position was saved with ${key} ${show(state[key])}, expected ${show(own[key])}; restore it with the data and options it was saved with`,
    );
  }
  return state;
}
