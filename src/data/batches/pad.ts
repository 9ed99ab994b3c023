import { DataError, ShapeError } from "../../errors.ts";
import { aNumber, checkArgument, checkOptions, countOrZero, iterable, oneOf, required, show } from "../../options.ts";
import {
  copyNumbers,
  type Dense,
  dense,
  emptyLike,
  type Numbers,
  type NumericArray,
  requireSize,
  type Shaped,
  shaped,
  sizeOf,
} from "../arrays.ts";

/** Options of padding. */
export interface PadOptions {
  /** Steps that each row has afterwards. Default: those of the longest. */
  readonly length?: number | undefined;
  /** Where padding goes. Default "right". */
  readonly side?: "left" | "right" | undefined;
  /** Where rows that are too long are cut: "left" keeps the last steps, "right" the first. Default: such a row is an error. */
  readonly truncate?: "left" | "right" | undefined;
  /** "constant" pads with `value`, "cyclic" repeats the row. Default "constant". */
  readonly mode?: "constant" | "cyclic" | undefined;
  /** Default 0. */
  readonly value?: number | undefined;
}

/** Rows of one length. */
export interface Padded {
  /** `[rows, length, …]`: of the rows' type; a Float64Array where they are plain numbers. */
  readonly data: Shaped;
  /** `[rows]`: the steps of each row that are its own. */
  readonly lengths: Int32Array<ArrayBuffer>;
}

export const padKinds = {
  length: countOrZero,
  side: oneOf("left", "right"),
  truncate: oneOf("left", "right"),
  mode: oneOf("constant", "cyclic"),
  value: aNumber,
};

/**
 * Brings rows of unequal length, [time] or [time, …] each, to one. Throws DataError for a row that is longer than `length`
 * where `truncate` is not given, and ShapeError for rows whose other axes differ.
 */
export function padSequences(rows: Iterable<Numbers>, options: PadOptions = {}): Padded {
  checkArgument("padSequences", "rows", rows, required(iterable));
  checkOptions("padSequences", options, padKinds);
  const parsed: Dense[] = [];
  for (const row of rows) parsed.push(sequence("padSequences", row, parsed.length));
  return padRows("padSequences", parsed, options);
}

/** A row of at least one axis. */
export function sequence(where: string, row: unknown, index: number): Dense {
  const name = `${where}: row ${index}`;
  const parsed = dense(name, row);
  if (parsed.shape.length > 0) return parsed;
  throw new DataError(`${name} is ${show(row)}, expected an array of numbers, one for each step`);
}

/** Rows that are parsed already. */
export function padRows(where: string, rows: readonly Dense[], options: PadOptions, name = "row"): Padded {
  const { side = "right", truncate, mode = "constant", value = 0 } = options;
  const [first] = rows;
  if (!first) throw new DataError(`${where}: there are no rows, expected at least one`);
  const length = options.length ?? rows.reduce((longest, { shape }) => Math.max(longest, shape[0] as number), 0);
  const rest = first.shape.slice(1);
  const step = sizeOf(rest);
  const shape = [rows.length, length, ...rest];
  const data = emptyLike(first.data, requireSize(where, shape));
  fillWith(where, data, value, mode);
  const lengths = new Int32Array(rows.length);
  for (const [i, row] of rows.entries()) {
    requireAlike(`${where}: ${name} ${i}`, row, first);
    const own = row.shape[0] as number;
    if (own > length && !truncate) {
      throw new DataError(
        `${where}: ${name} ${i} has ${own} steps, expected at most ${length}; pass a larger length, or truncate`,
      );
    }
    const kept = Math.min(own, length);
    if (kept === 0 && mode === "cyclic" && length > 0) {
      throw new DataError(
        `${where}: ${name} ${i} is empty, expected a step to repeat; leave it out, or pad by a constant`,
      );
    }
    lengths[i] = kept;
    const from = truncate === "left" ? (own - kept) * step : 0;
    const begin = i * length * step;
    const at = side === "left" ? length - kept : 0;
    copyNumbers(row.data, from, kept * step, data, begin + at * step);
    if (mode === "cyclic") repeat(data, begin, { at, kept, length, step });
  }
  return { data: shaped(data, shape), lengths };
}

/** Repeats the steps that a row has, before and behind them. */
function repeat(
  data: NumericArray,
  begin: number,
  { at, kept, length, step }: Readonly<Record<"at" | "kept" | "length" | "step", number>>,
): void {
  for (let t = 0; t < length; t++) {
    if (t >= at && t < at + kept) continue;
    const source = at + ((((t - at) % kept) + kept) % kept);
    copyNumbers(data, begin + source * step, step, data, begin + t * step);
  }
}

function fillWith(where: string, data: NumericArray, value: number, mode: string): void {
  if (value === 0 || mode === "cyclic") return;
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const type = data.constructor.name;
  if (/Int|Clamped/.test(type)) {
    const stored = emptyLike(data, 1);
    if (Number.isInteger(value)) stored[0] = (big ? BigInt(value) : value) as never;
    if (Number(stored[0]) !== value) throw new DataError(`${where}: value is ${value}, expected a number of ${type}`);
  }
  (data as Float64Array).fill((big ? BigInt(value) : value) as number);
}

function requireAlike(where: string, { data, shape }: Dense, first: Dense): void {
  if (data.constructor !== first.data.constructor) {
    throw new DataError(
      `${where} is a ${data.constructor.name}, expected ${first.data.constructor.name} as the first; convert it`,
    );
  }
  const rest = first.shape.slice(1);
  if (shape.length === first.shape.length && rest.every((extent, axis) => extent === shape[axis + 1])) return;
  throw new ShapeError(
    `${where} has shape [${shape.join(", ")}], expected [time${rest.map((extent) => `, ${extent}`).join("")}] as the first`,
  );
}
