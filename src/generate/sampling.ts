import { DataError } from "../errors.ts";
import {
  checkArgument,
  checkOptions,
  fn,
  iterable,
  type KindsOf,
  numbers,
  numberWithin,
  required,
  show,
} from "../options.ts";
import type { Random } from "./random.ts";

/** How the next token is drawn from a model's logits; what is given applies in this order. */
export interface SamplingOptions {
  /**
   * Weakens tokens that came already: positive logits are divided by it, negative ones multiplied (Keskar et al. 2019).
   * From 1 on; 1, the default, changes nothing.
   */
  readonly repetitionPenalty?: number | undefined;
  /** Divides the logits: 1 (the default) draws as the model sees it, below is bolder, 0 always takes the likeliest token. */
  readonly temperature?: number | undefined;
  /** Draws among so many of the likeliest tokens only (Fan et al. 2018). */
  readonly topK?: number | undefined;
  /** Draws among the fewest likeliest tokens whose probabilities add up to this at least (nucleus; Holtzman et al. 2020). */
  readonly topP?: number | undefined;
}

export const samplingKinds: KindsOf<SamplingOptions> = {
  repetitionPenalty: numberWithin("a number from 1 on (1: off)", (value) => value >= 1 && Number.isFinite(value)),
  temperature: numberWithin(
    "a number from 0 on (0: always the likeliest token)",
    (value) => value >= 0 && Number.isFinite(value),
  ),
  topK: numberWithin(
    "an integer from 1 on; leave it out to draw among all tokens",
    (value) => Number.isInteger(value) && value >= 1,
  ),
  topP: numberWithin("0 < topP ≤ 1; leave it out to draw among all tokens", (value) => value > 0 && value <= 1),
};

/**
 * The probability with which `sampleToken` draws each token, [vocabulary]. A logit of -Infinity gives 0; of equal ones the
 * lower tokens are the first to be kept. `previous` are the tokens that `repetitionPenalty` weakens. Throws DataError for
 * logits that are NaN, Infinity or all -Infinity.
 */
export function tokenProbabilities(
  logits: ArrayLike<number>,
  options: SamplingOptions = {},
  previous: Iterable<number> = [],
): Float64Array {
  return probabilitiesOf(logits, options, checked("tokenProbabilities", logits, options, previous));
}

/** Checks the arguments; gives the tokens that came already. */
function checked(
  op: string,
  logits: ArrayLike<number>,
  options: SamplingOptions,
  previous: Iterable<number>,
): number[] {
  checkArgument(op, "logits", logits, required(numbers));
  checkOptions(op, options, samplingKinds);
  checkArgument(op, "previous", previous, iterable);
  const tokens = [...previous];
  const wrong = tokens.find((token) => !(Number.isInteger(token) && token >= 0 && token < logits.length));
  if (tokens.includes(wrong as number)) {
    throw new DataError(`${op}: previous has ${show(wrong)}, expected tokens from 0 to ${logits.length - 1}`);
  }
  return tokens;
}

/** As `tokenProbabilities`, for options that are checked. */
function probabilitiesOf(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  previous: Iterable<number>,
): Float64Array {
  const { repetitionPenalty = 1, temperature = 1, topK = logits.length, topP = 1 } = options;
  const scores = Float64Array.from(logits);
  for (const token of new Set(repetitionPenalty === 1 ? [] : previous)) {
    const score = scores[token] as number;
    scores[token] = score > 0 ? score / repetitionPenalty : score * repetitionPenalty;
  }
  const best = likeliest(scores);
  const highest = scores[best] as number;
  if (temperature === 0) return new Float64Array(scores.length).fill(1, best, best + 1);
  const probabilities = normalize(scores.map((score) => Math.exp((score - highest) / temperature)));
  if (topK < probabilities.length) keepLargest(probabilities, topK);
  if (topP < 1) keepLargest(probabilities, nucleusSize(probabilities, topP));
  return probabilities;
}

/** Draws a token by the probabilities that `tokenProbabilities` gives. */
export function sampleToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  random: Random,
  previous: Iterable<number> = [],
): number {
  checkArgument("sampleToken", "random", random, required(fn));
  return drawToken(logits, options ?? {}, random, checked("sampleToken", logits, options, previous));
}

/** As `sampleToken`, for options that are checked. */
export function drawToken(
  logits: ArrayLike<number>,
  options: SamplingOptions,
  random: Random,
  previous: Iterable<number>,
): number {
  const probabilities = probabilitiesOf(logits, options, previous);
  let rest = random();
  if (!(rest >= 0 && rest < 1)) {
    throw new DataError(`sampleToken: random gave ${show(rest)}, expected a number from 0 up to, but not, 1`);
  }
  let token = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] as number;
    if (probability === 0) continue;
    token = i;
    rest -= probability;
    if (rest < 0) break;
  }
  // behind the last one only by rounding
  return token;
}

/** What is wrong with one of `count` logits, or with all where none of them may come. */
export function badLogits(count: number, one?: { readonly place: number; readonly logit: number }): DataError {
  return new DataError(
    one
      ? `sampleToken: logit ${one.place} is ${one.logit}, expected a number or -Infinity; the model's weights have gone astray`
      : `sampleToken: all ${count} logits are -Infinity, expected at least one token that may come`,
  );
}

/** The first of the largest. */
function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (Number.isNaN(score) || score === Number.POSITIVE_INFINITY) {
      throw badLogits(scores.length, { place: i, logit: score });
    }
    if (score > (scores[best] as number)) best = i;
  }
  if (!((scores[best] as number) > Number.NEGATIVE_INFINITY)) {
    throw badLogits(scores.length);
  }
  return best;
}

function normalize(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) / total;
  return weights;
}

/** How many of the largest add up to `share` at least. */
function nucleusSize(probabilities: Float64Array, share: number): number {
  const ascending = probabilities.slice().sort();
  let [total, count] = [0, 0];
  while (count < ascending.length && total < share) total += ascending[ascending.length - ++count] as number;
  return count;
}

/** Sets all but the `count` largest to 0 and scales these to a sum of 1. */
function keepLargest(probabilities: Float64Array, count: number): void {
  const ascending = probabilities.slice().sort();
  const least = ascending[ascending.length - count] as number;
  let atLeast = count - ascending.filter((probability) => probability > least).length;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] as number;
    if (probability < least || (probability === least && atLeast-- <= 0)) probabilities[i] = 0;
  }
  normalize(probabilities);
}
