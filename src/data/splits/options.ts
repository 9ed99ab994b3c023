import { ArgumentError, DataError } from "../../errors.ts";
import { count, countOrZero, either, type Kind, oneOf, required, show } from "../../options.ts";

/** Rows of the training part and of the part that is tested, by their places. */
export interface Split {
  /** Rows to train on. */
  readonly train: Int32Array<ArrayBuffer>;
  /** Rows to test on; none of them is in `train`. */
  readonly test: Int32Array<ArrayBuffer>;
}

/** A class or group for each row. */
export type Labels = ArrayLike<number | string>;

const isLabel = (label: unknown): boolean =>
  typeof label === "string" || (typeof label === "number" && !Number.isNaN(label));

export const labelsKind: Kind = {
  expected: "an array of numbers or strings, one for each row, none of them NaN",
  fits: (value) =>
    (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) &&
    Array.from(value as unknown as ArrayLike<unknown>).every(isLabel),
};

export const foldsKind = required({
  expected: "an integer ≥ 2",
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 2,
});
export const shuffleKind = either(countOrZero, oneOf(false));
const MOST_ROWS = 2 ** 28;
export const rowsKind = required({
  expected: "a positive integer of at most 2^28, the number of rows",
  fits: (value) => count.fits(value) && (value as number) <= MOST_ROWS,
});

export const seedOf = (shuffle: number | false | undefined): number | undefined =>
  typeof shuffle === "number" ? shuffle : undefined;

/** To each label the place of its class, in the order in which classes appear, and how many rows each has. */
export function encode(labels: Labels): { readonly codes: Int32Array; readonly counts: number[] } {
  const places = new Map<number | string, number>();
  const counts: number[] = [];
  const codes = Int32Array.from({ length: labels.length }, (_, i) => {
    const label = labels[i] as number | string;
    let code = places.get(label);
    if (code === undefined) {
      code = places.size;
      places.set(label, code);
      counts.push(0);
    }
    counts[code] = (counts[code] as number) + 1;
    return code;
  });
  return { codes, counts };
}

export function requireRows(where: string, labels: Labels | undefined, rows: number, name: string): void {
  if (labels === undefined || labels.length === rows) return;
  throw new DataError(`${where}: ${name} has ${labels.length} entries, expected ${rows}, one for each row`);
}

export function requireFolds(where: string, folds: number, of: number, what: string): void {
  if (folds <= of) return;
  throw new DataError(`${where}: folds is ${folds}, expected at most ${of}, the number of ${what}; take fewer folds`);
}

/** How many of `rows` a share (below 1) or a count is, rounded up as scikit-learn does. */
export function partOf(where: string, name: string, part: number, rows: number): number {
  const size = part < 1 ? Math.ceil(part * rows) : part;
  if (Number.isInteger(size)) return size;
  throw new ArgumentError(
    `${where}: ${name} is ${show(part)}, expected a share below 1 or an integer, the number of rows`,
  );
}

/** Places for which `chosen` holds, and the others. */
export function separate(rows: number, isTest: (row: number) => boolean): Split {
  const [train, test]: number[][] = [[], []];
  for (let row = 0; row < rows; row++) (isTest(row) ? test : train)?.push(row);
  return { train: Int32Array.from(train ?? []), test: Int32Array.from(test ?? []) };
}
