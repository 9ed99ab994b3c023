import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkOptions,
  count,
  countOrZero,
  either,
  flag,
  type Kind,
  type KindsOf,
  listOf,
  nested,
  oneOf,
  required,
  show,
  text,
} from "../../options.ts";
import { type PadOptions, padKinds } from "./pad.ts";

/** How rows are made into batches. */
export interface BatchOptions {
  /** Rows of a batch. */
  readonly batchSize: number;
  /** The seed of each epoch's order; false leaves rows in their order. Default false. */
  readonly shuffle?: number | false | undefined;
  /** Leaves out the last batch of an epoch (of a bucket) where it is smaller. Default false. */
  readonly dropLast?: boolean | undefined;
  /**
   * Rows of unequal length: by the field whose rows, [time] or [time, …], may differ the name under which a batch gives
   * their lengths, int32 [batch]. A batch is padded to its longest row, or to its bucket.
   */
  readonly lengths?: Readonly<Record<string, string>> | undefined;
  /**
   * Lengths to pad to, ascending. A batch has rows of one bucket alone, that of the shortest length which holds the row's
   * longest field. A row longer than the last is an error.
   */
  readonly buckets?: readonly number[] | undefined;
  /** How rows of unequal length are padded, as in `padSequences`. */
  readonly pad?: Omit<PadOptions, "length"> | undefined;
}

const { length: _, ...padding } = padKinds;

export const batchKinds: KindsOf<BatchOptions> = {
  batchSize: required(count),
  shuffle: either(countOrZero, oneOf(false)),
  dropLast: flag,
  lengths: {
    expected: 'names of lengths by field, as { tokens: "lengths" }',
    fits: (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(text.fits),
  } satisfies Kind,
  buckets: listOf(count, "positive integers"),
  pad: nested(padding as KindsOf<Omit<PadOptions, "length">>),
};

export function checkBatchOptions(where: string, options: BatchOptions, kinds: object = batchKinds): void {
  checkOptions(where, options, kinds as KindsOf<BatchOptions>);
  const { lengths, buckets, pad } = options;
  if ((buckets || pad) && !lengths) {
    throw new ArgumentError(
      `${where}: ${buckets ? "buckets" : "pad"} without lengths, expected the field whose rows differ; pass lengths, as { tokens: "lengths" }`,
    );
  }
  if (buckets && (buckets.length === 0 || buckets.some((length, i) => i > 0 && length <= (buckets[i - 1] as number)))) {
    throw new ArgumentError(`${where}: buckets is ${show(buckets)}, expected ascending lengths`);
  }
}

/** Throws ArgumentError where a name of lengths is that of a field, or of other lengths. */
export function checkLengthNames(
  where: string,
  lengths: Readonly<Record<string, string>>,
  fields: Iterable<string>,
): void {
  const taken = new Set(fields);
  for (const name of Object.values(lengths)) {
    if (taken.has(name))
      throw new ArgumentError(`${where}: lengths has ${show(name)}, expected a name that nothing else has`);
    taken.add(name);
  }
}

/** The place of the first bucket that holds `steps`. */
export function bucketFor(where: string, buckets: readonly number[], steps: number): number {
  const at = buckets.findIndex((length) => length >= steps);
  if (at >= 0) return at;
  throw new DataError(
    `${where} has ${steps} steps, expected at most ${buckets.at(-1)}, the last bucket; add a longer bucket, or cut rows (padSequences)`,
  );
}
