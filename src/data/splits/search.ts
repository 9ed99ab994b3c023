import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  countOrZero,
  finite,
  flag,
  fn,
  type Kind,
  listNames,
  object,
  oneOf,
  required,
  show,
  text,
} from "../../options.ts";
import type { Arrays } from "../batches/fields.ts";
import { randomOf } from "../random.ts";
import {
  type CrossValidateOptions,
  crossValidateKinds,
  type Score,
  type Scores,
  scoresOf,
  splitsOf,
} from "./cross-validate.ts";

/** Numbers to draw from. */
export interface Range {
  /** The lowest number. */
  readonly from: number;
  /** The highest number; with `integer` it is drawn too. */
  readonly to: number;
  /** "log" draws every order of magnitude as often as another; `from` is above 0 then. Default "linear". */
  readonly scale?: "linear" | "log" | undefined;
  /** Draws integers, both ends included. Default false. */
  readonly integer?: boolean | undefined;
}

/** To each option the values to try, or a range to draw from. */
export type Space = Readonly<Record<string, readonly unknown[] | Range>>;

/** A choice of each option. */
export type Choice<S extends Space> = {
  readonly [Name in keyof S]: S[Name] extends readonly (infer Value)[] ? Value : number;
};

/** Options of a search over options. */
export interface SearchOptions<S extends Space = Space> extends CrossValidateOptions {
  /** Options to try: by name a list of values, or a range to draw from. */
  readonly space: S;
  /** How many choices to draw at random. Default: every combination, in order; ranges are refused then. */
  readonly trials?: number | undefined;
  /** Of the draws. Default 0. */
  readonly seed?: number | undefined;
  /** Whether a lower score is better, or a higher one. Default "min". */
  readonly goal?: "min" | "max" | undefined;
  /** The score that decides. Default: the first. */
  readonly metric?: string | undefined;
}

/** A choice and its scores over all folds. */
export interface Trial<S extends Space = Space> {
  /** The choice that was tried. */
  readonly options: Choice<S>;
  /** By the names that the score function gives: mean, deviation and each fold's. */
  readonly scores: Readonly<Record<string, Score>>;
}

/** All trials, the best first; those whose score is not finite come last. */
export interface SearchResult<S extends Space = Space> {
  /** The first of `trials`. */
  readonly best: Trial<S>;
  /** Every choice, the best first. */
  readonly trials: readonly Trial<S>[];
}

const MOST = 100_000;

/**
 * Cross-validates each choice of options on the same folds, and ranks them by their mean score. Rejects with DataError where
 * no score is finite, and with ArgumentError for a space that is empty or, without `trials`, endless.
 */
export async function search<A extends Arrays, const S extends Space>(
  make: (train: A, test: A, options: Choice<S>, fold: number) => Scores | Promise<Scores>,
  data: A,
  options: SearchOptions<S>,
): Promise<SearchResult<S>> {
  checkArgument("search", "make", make, required(fn));
  checkArgument("search", "data", data, required(object));
  checkOptions("search", options, {
    ...crossValidateKinds,
    space: required(object),
    trials: count,
    seed: countOrZero,
    goal: oneOf("min", "max"),
    metric: text,
  });
  const { goal = "min", metric } = options;
  const choices = choicesOf(options);
  const splits = splitsOf("search", data, options);
  const trials: Trial<S>[] = [];
  for (const choice of choices as Choice<S>[]) {
    const scores = await scoresOf(
      "search",
      (train, test, fold) => make(train as A, test as A, choice, fold),
      data,
      splits,
    );
    if (metric !== undefined && !scores[metric]) {
      throw new DataError(
        `search: metric is ${show(metric)}, expected one of ${listNames(Object.keys(scores))}, which make gives`,
      );
    }
    trials.push({ options: choice, scores });
  }
  const worth = ({ scores }: Trial<S>): number => {
    const { mean } = (metric === undefined ? Object.values(scores)[0] : scores[metric]) as Score;
    return Number.isFinite(mean) ? (goal === "min" ? mean : -mean) : Number.POSITIVE_INFINITY;
  };
  const ranked = trials.sort((a, b) => (worth(a) === worth(b) ? 0 : worth(a) - worth(b)));
  const [best] = ranked;
  if (!best || worth(best) === Number.POSITIVE_INFINITY) {
    throw new DataError(
      `search: none of ${trials.length} trials has a finite score, expected one; look at what make returns`,
    );
  }
  return { best, trials: ranked };
}

function choicesOf({ space, trials, seed = 0 }: SearchOptions): Record<string, unknown>[] {
  const names = Object.keys(space);
  if (names.length === 0)
    throw new ArgumentError("search: space is empty, expected values by option, as { hidden: [32, 64] }");
  for (const [name, values] of Object.entries(space)) {
    if (Array.isArray(values)) {
      if (values.length === 0) throw new ArgumentError(`search: space.${name} is empty, expected values to try`);
      continue;
    }
    checkRange(`space.${name}`, values as Range);
    if (trials === undefined) {
      throw new ArgumentError(
        `search: space.${name} is a range, expected values to try; pass trials, which are drawn from it`,
      );
    }
  }
  if ((trials ?? 0) > MOST) throw new ArgumentError(`search: trials is ${trials}, expected at most ${MOST}`);
  if (trials !== undefined) {
    const random = randomOf(seed);
    return Array.from({ length: trials }, () =>
      Object.fromEntries(Object.entries(space).map(([name, values]) => [name, draw(values, random())])),
    );
  }
  const size = Object.values(space).reduce((product, values) => product * (values as unknown[]).length, 1);
  if (size > MOST)
    throw new ArgumentError(`search: space has ${size} combinations, expected at most ${MOST}; pass trials`);
  let choices: Record<string, unknown>[] = [{}];
  for (const [name, values] of Object.entries(space)) {
    choices = choices.flatMap((choice) => (values as unknown[]).map((value) => ({ ...choice, [name]: value })));
  }
  return choices;
}

const rangeOf: Kind = { ...object, expected: "an array of values, or a range { from, to }" };

function checkRange(name: string, range: Range): void {
  checkArgument("search", name, range, required(rangeOf));
  checkOptions(`search: ${name}`, range, {
    from: required(finite),
    to: required(finite),
    scale: oneOf("linear", "log"),
    integer: flag,
  });
  const { from, to, scale, integer } = range;
  if (to < from || (scale === "log" && from <= 0) || (integer && Math.ceil(from) > Math.floor(to))) {
    throw new ArgumentError(
      `search: ${name} is from ${from} to ${to}, expected ascending ends${scale === "log" ? " above 0" : ""}${integer ? " with an integer between" : ""}`,
    );
  }
}

function draw(values: readonly unknown[] | Range, at: number): unknown {
  if (Array.isArray(values)) return values[Math.floor(at * values.length)];
  const { from, to, scale, integer } = values as Range;
  const [low, high] = integer ? [Math.ceil(from), Math.floor(to) + 1] : [from, to];
  const drawn = scale === "log" ? low * (high / low) ** at : low + (high - low) * at;
  return integer ? Math.min(Math.floor(drawn), high - 1) : drawn;
}
