import { ArgumentError, DataError, ShapeError } from "../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  countOrZero,
  type KindsOf,
  listOf,
  numbers,
  required,
  show,
} from "../options.ts";
import { logSoftmax } from "./beam-candidates.ts";

/** Options of `ctcBeamSearch`. */
export interface CtcBeamSearchOptions {
  /** [batch, time, classes] of the logits. */
  readonly shape: readonly [batch: number, time: number, classes: number];
  /** Transcripts that are followed side by side; 16. */
  readonly beams?: number | undefined;
  /** Steps of each row that count. Default: all. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** The class that stands for no symbol; 0, as in `losses.ctc`. */
  readonly blank?: number | undefined;
}

/** A transcript that `ctcBeamSearch` found. */
export interface CtcHypothesis {
  /** Without blanks. */
  readonly tokens: Int32Array;
  /** Of all paths through the steps that spell it, as far as the search followed them. */
  readonly logProbability: number;
}

const kinds: KindsOf<CtcBeamSearchOptions> = {
  shape: required(listOf(count, "sizes [batch, time, classes]")),
  beams: count,
  lengths: numbers,
  blank: countOrZero,
};

/**
 * The likeliest transcripts of a net that was trained with `losses.ctc`, by prefix beam search (Hannun et al. 2014): the paths that
 * spell one transcript are added up, which the likeliest class of each step does not do. `logits` need not be normalised. Gives for
 * each row its transcripts, the best first, `beams` at most. Equal inputs give equal results. Throws ArgumentError for options out of
 * range, ShapeError where `logits` are not of `shape`, DataError for lengths that do not fit and for logits that are NaN, Infinity or
 * all -Infinity in a step that counts.
 *
 * @example
 * ```ts
 * import { ctcBeamSearch } from "seqgrad";
 *
 * const logits = Float32Array.from([2, 1, 2, 1].map(Math.log));
 * const [row] = ctcBeamSearch(logits, { shape: [1, 2, 2] });
 * console.log(row?.[0]?.tokens); // [1]: three of the four paths, 5/9, though each step by itself says blank
 * ```
 */
export function ctcBeamSearch(logits: ArrayLike<number>, options: CtcBeamSearchOptions): CtcHypothesis[][] {
  const where = "ctcBeamSearch";
  checkArgument(where, "logits", logits, required(numbers));
  checkOptions(where, options, kinds);
  const { shape, beams = 16, lengths, blank = 0 } = options;
  const [batch, time, classes] = shape;
  if (shape.length !== 3 || logits.length !== batch * time * classes) {
    throw new ShapeError(
      `${where}: got ${logits.length} logits, expected [batch, time, classes] = [${shape.join(", ")}]; give the shape that the program's output has`,
    );
  }
  if (blank >= classes) {
    throw new ArgumentError(
      `${where}: blank is ${blank}, expected a class from 0 to ${classes - 1}; give the one that the loss was given`,
    );
  }
  if (lengths && lengths.length !== batch) {
    throw new DataError(`${where}: got ${lengths.length} lengths, expected one for each of ${batch} rows`);
  }
  return Array.from({ length: batch }, (_, row) => {
    const steps = lengths ? (lengths[row] as number) : time;
    if (!(Number.isInteger(steps) && steps >= 0 && steps <= time)) {
      throw new DataError(`${where}: length ${row} is ${show(steps)}, expected an integer from 0 to ${time}`);
    }
    const rows = Array.from({ length: steps }, (_, t) => {
      const from = (row * time + t) * classes;
      return logSoftmax(
        where,
        Float64Array.from({ length: classes }, (_, token) => logits[from + token] as number),
      );
    });
    return searchRow(rows, beams, blank);
  });
}

/** The beginning of a transcript: a place in the tree of all that were met. */
interface Prefix {
  readonly token: number;
  readonly parent: Prefix | undefined;
  readonly next: Map<number, Prefix>;
}

/** A beginning with the log-probabilities of its paths. */
interface Beam {
  readonly prefix: Prefix;
  /** Of those that end with a blank, and with the last symbol. */
  blank: number;
  symbol: number;
}

const { NEGATIVE_INFINITY: NEVER } = Number;

/** @param steps log-probabilities of the classes */
function searchRow(steps: readonly Float64Array[], beams: number, blank: number): CtcHypothesis[] {
  const root: Prefix = { token: blank, parent: undefined, next: new Map() };
  let alive: Beam[] = [{ prefix: root, blank: 0, symbol: NEVER }];
  for (const step of steps) {
    const found = new Map<Prefix, Beam>();
    const beamOf = (prefix: Prefix): Beam => {
      const beam = found.get(prefix) ?? { prefix, blank: NEVER, symbol: NEVER };
      found.set(prefix, beam);
      return beam;
    };
    for (const { prefix, blank: ofBlank, symbol: ofSymbol } of alive) {
      const total = addLogs(ofBlank, ofSymbol);
      const same = beamOf(prefix);
      same.blank = addLogs(same.blank, total + (step[blank] as number));
      // a symbol that stays is the same one, and comes twice only behind a blank
      if (prefix !== root) same.symbol = addLogs(same.symbol, ofSymbol + (step[prefix.token] as number));
      for (let token = 0; token < step.length; token++) {
        if (token === blank) continue;
        const before = token === prefix.token && prefix !== root ? ofBlank : total;
        const logProbability = before + (step[token] as number);
        if (logProbability === NEVER) continue;
        const longer = beamOf(prefixOf(prefix, token));
        longer.symbol = addLogs(longer.symbol, logProbability);
      }
    }
    alive = [...found.values()].sort((a, b) => totalOf(b) - totalOf(a)).slice(0, beams);
  }
  return alive
    .filter((beam) => totalOf(beam) > NEVER)
    .map((beam) => ({ tokens: tokensOf(beam.prefix), logProbability: totalOf(beam) }));
}

const totalOf = ({ blank, symbol }: Beam): number => addLogs(blank, symbol);

/** log(e^a + e^b) */
function addLogs(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === NEVER ? high : high + Math.log1p(Math.exp(low - high));
}

function prefixOf(parent: Prefix, token: number): Prefix {
  const known = parent.next.get(token);
  if (known) return known;
  const prefix: Prefix = { token, parent, next: new Map() };
  parent.next.set(token, prefix);
  return prefix;
}

function tokensOf(prefix: Prefix): Int32Array {
  const tokens: number[] = [];
  for (let at = prefix; at.parent; at = at.parent) tokens.push(at.token);
  return Int32Array.from(tokens.reverse());
}
