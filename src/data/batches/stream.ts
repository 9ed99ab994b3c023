import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkArgument,
  count,
  countOrZero,
  either,
  fn,
  iterable,
  type Kind,
  listNames,
  object,
  required,
  show,
} from "../../options.ts";
import { type Dense, dense, type Numbers, type Shaped } from "../arrays.ts";
import { hash, randomOf } from "../random.ts";
import { type Batch, type BatchState, type LengthNames, readState } from "./batches.ts";
import { type BatchOptions, batchKinds, bucketFor, checkBatchOptions, checkLengthNames } from "./options.ts";
import { padRows } from "./pad.ts";

/** One row: to each field its numbers. */
export type Example = Readonly<Record<string, Numbers>>;

/** Rows one after another: anew each time that it is iterated over, or a function that gives the rows of an epoch. */
export type Examples<E extends Example = Example> =
  | Iterable<E>
  | AsyncIterable<E>
  | ((epoch: number) => Iterable<E> | AsyncIterable<E>);

/** Options of a stream of batches. */
export interface StreamOptions extends BatchOptions {
  /** Rows that wait to be drawn from where `shuffle` is given: the more, the better the mixture. Default 1,024. */
  readonly shuffleBuffer?: number | undefined;
  /** Batches that are made ahead while the last is worked on. Default 1. */
  readonly prefetch?: number | undefined;
}

const kinds = { ...batchKinds, shuffleBuffer: count, prefetch: countOrZero };

const source: Kind = either(
  either(iterable, {
    expected: "an async iterable",
    fits: (value) => typeof value === "object" && value !== null && Symbol.asyncIterator in value,
  }),
  fn,
);

/**
 * Batches from rows that come one by one, from a file or over the network. As `Batches`, but the loop is `for await`, the
 * order is mixed in a buffer, and a saved position is reached by reading the rows before it again. A loop that is broken
 * off leaves the epoch where it stands; its rows are read again by the next.
 */
export class BatchStream<E extends Example = Example, const O extends StreamOptions = StreamOptions> {
  /** Rows of a batch; the last of an epoch may have fewer. */
  readonly batchSize: number;
  readonly #source: Examples<E>;
  readonly #options: StreamOptions;
  #epoch = 0;
  #batch = 0;
  #used = false;

  constructor(examples: Examples<E>, options: O) {
    checkArgument("BatchStream", "examples", examples, required(source));
    checkBatchOptions("BatchStream", options, kinds);
    checkLengthNames("BatchStream", options.lengths ?? {}, []);
    this.#source = examples;
    this.#options = { ...options };
    this.batchSize = options.batchSize;
  }

  /** The epoch of the next batch, from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the next batch begins an epoch. */
  get startsEpoch(): boolean {
    return this.#batch === 0;
  }

  /**
   * What is left of the epoch. Rejects with DataError for a row that has other fields or shapes than the first, and where
   * rows can be read only once and this is the second time.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch<(keyof E & string) | LengthNames<O>>, void, undefined> {
    const skip = this.#batch;
    const epoch = this.#epoch;
    let given = 0;
    for await (const batch of ahead(this.#batchesOf(epoch), this.#options.prefetch ?? 1)) {
      if (++given <= skip) continue;
      this.#batch = given;
      yield batch as Batch<(keyof E & string) | LengthNames<O>>;
      if (this.#epoch !== epoch || this.#batch !== given) return;
    }
    if (given === 0)
      throw new DataError(
        `BatchStream: epoch ${epoch} has no batch, expected at least one row (${this.batchSize} with dropLast)`,
      );
    this.#epoch = epoch + 1;
    this.#batch = 0;
  }

  /** The position, to be saved. */
  state(): BatchState {
    const { shuffle } = this.#options;
    const seed = typeof shuffle === "number" ? shuffle : null;
    return { epoch: this.#epoch, batch: this.#batch, rows: null, batchSize: this.batchSize, seed };
  }

  /** Goes to a saved position; a loop that runs ends. Throws DataError where it belongs to another batch size or seed. */
  restore(state: BatchState): void {
    const { epoch, batch } = readState("BatchStream.restore", state, this.state());
    this.#epoch = epoch;
    this.#batch = batch;
  }

  async *#batchesOf(epoch: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, dropLast = false, lengths = {}, buckets } = this.#options;
    const open = new Map<number, Row[]>();
    for await (const row of this.#rows(epoch)) {
      const steps = Object.keys(lengths).map((name) => (row.fields.get(name) as Dense).shape[0] as number);
      const place = buckets ? bucketFor(`BatchStream: row ${row.index}`, buckets, Math.max(0, ...steps)) : 0;
      const waiting = open.get(place) ?? [];
      open.set(place, waiting);
      waiting.push(row);
      if (waiting.length < batchSize) continue;
      open.delete(place);
      yield this.#make(waiting, buckets?.[place]);
    }
    if (dropLast) return;
    for (const [place, rows] of [...open].sort(([a], [b]) => a - b)) yield this.#make(rows, buckets?.[place]);
  }

  /** Rows in the order of the epoch, checked against the first. */
  async *#rows(epoch: number): AsyncGenerator<Row, void, undefined> {
    const { shuffle, shuffleBuffer = 1024, lengths = {} } = this.#options;
    const buffer: Row[] = [];
    const random = typeof shuffle === "number" ? randomOf(hash(shuffle, epoch)) : undefined;
    let names: readonly string[] | undefined;
    let index = 0;
    for await (const example of this.#open(epoch)) {
      const row = parse(example, index++, lengths, names);
      if (!names) checkLengthNames("BatchStream", lengths, row.fields.keys());
      names ??= [...row.fields.keys()];
      if (!random) yield row;
      else if (buffer.length < shuffleBuffer) buffer.push(row);
      else {
        const at = Math.floor(random() * buffer.length);
        yield buffer[at] as Row;
        buffer[at] = row;
      }
    }
    while (random && buffer.length > 0) {
      const at = Math.floor(random() * buffer.length);
      yield buffer[at] as Row;
      buffer[at] = buffer[buffer.length - 1] as Row;
      buffer.pop();
    }
  }

  #open(epoch: number): Iterable<unknown> | AsyncIterable<unknown> {
    const rows = typeof this.#source === "function" ? this.#source(epoch) : this.#source;
    if (!source.fits(rows) || typeof rows === "function") {
      throw new ArgumentError(`BatchStream: the function gave ${show(rows)}, expected rows that can be iterated over`);
    }
    const start =
      (rows as AsyncIterable<unknown>)[Symbol.asyncIterator] ?? (rows as Iterable<unknown>)[Symbol.iterator];
    if (typeof this.#source !== "function" && (start.call(rows) as unknown) === rows) {
      if (this.#used) {
        throw new DataError(
          "BatchStream: these rows can be read once only, expected to read them again; pass a function that gives them anew",
        );
      }
      this.#used = true;
    }
    return rows;
  }

  #make(rows: readonly Row[], length: number | undefined): Batch {
    const { lengths = {}, pad } = this.#options;
    const batch: Record<string, Shaped> = {};
    for (const name of (rows[0] as Row).fields.keys()) {
      const own = rows.map(({ fields }) => fields.get(name) as Dense);
      const ragged = Object.hasOwn(lengths, name);
      // a field without lengths is one step of a row of its shape
      const steps = ragged ? own : own.map(({ data, shape }) => ({ data, shape: [1, ...shape] }));
      const padded = padRows(`BatchStream: ${name}`, steps, ragged ? { ...pad, length } : {}, "row of the batch");
      if (ragged) {
        batch[name] = padded.data;
        batch[lengths[name] as string] = padded.lengths as unknown as Shaped;
      } else batch[name] = reshaped(padded.data, own[0] as Dense);
    }
    return batch;
  }
}

interface Row {
  readonly index: number;
  readonly fields: ReadonlyMap<string, Dense>;
}

const reshaped = (data: Shaped, { shape }: Dense): Shaped =>
  Object.defineProperty(data, "shape", { value: Object.freeze([data.shape[0], ...shape]) });

function parse(
  example: unknown,
  index: number,
  lengths: Readonly<Record<string, string>>,
  names?: readonly string[],
): Row {
  const where = `BatchStream: row ${index}`;
  if (!object.fits(example)) throw new DataError(`${where} is ${show(example)}, expected an object of its fields`);
  const fields = new Map<string, Dense>();
  for (const [name, value] of Object.entries(example as Example)) {
    fields.set(name, dense(`${where}: ${name}`, value));
  }
  if (fields.size === 0) throw new DataError(`${where} has no fields, expected an object of its fields`);
  for (const name of Object.keys(lengths)) {
    if ((fields.get(name)?.shape.length ?? 0) > 0) continue;
    throw new DataError(`${where} has no steps of ${show(name)}, expected an array of them, because lengths names it`);
  }
  if (names && (names.length !== fields.size || names.some((name) => !fields.has(name)))) {
    throw new DataError(
      `${where} has the fields ${listNames(fields.keys())}, expected ${listNames(names)}, as the first`,
    );
  }
  return { index, fields };
}

/** Takes up to `most` items ahead of who asks for them. */
async function* ahead<T>(items: AsyncGenerator<T, void, undefined>, most: number): AsyncGenerator<T, void, undefined> {
  const queue: Promise<IteratorResult<T, void>>[] = [];
  const ask = () => {
    const next = items.next();
    // whoever takes it is told; where nobody does, nothing is to be reported
    next.catch(() => {});
    queue.push(next);
  };
  try {
    ask();
    for (;;) {
      while (queue.length <= most) ask();
      const { done, value } = await (queue.shift() as Promise<IteratorResult<T, void>>);
      if (done) return;
      yield value as T;
    }
  } finally {
    await items.return();
  }
}
