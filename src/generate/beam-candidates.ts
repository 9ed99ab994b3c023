import { DataError } from "../errors.ts";

/** A hypothesis with one token more. */
export interface Candidate {
  /** Row of the hypothesis that it continues. */
  readonly beam: number;
  readonly token: number;
  /** Of the whole hypothesis. */
  readonly logProbability: number;
}

/** The logarithms of a row's probabilities. Throws DataError for logits that are NaN, Infinity or all -Infinity. */
export function logSoftmax(where: string, logits: Float32Array | Float64Array): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY) {
      throw new DataError(
        `${where}: logit ${i} is ${logit}, expected a number or -Infinity; the model's weights have gone astray`,
      );
    }
    highest = Math.max(highest, logit);
  }
  if (highest === Number.NEGATIVE_INFINITY) {
    throw new DataError(
      `${where}: all ${logits.length} logits are -Infinity, expected at least one token that may come`,
    );
  }
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  const shift = highest + Math.log(sum);
  return Float64Array.from(logits, (logit) => logit - shift);
}

/**
 * The `count` likeliest continuations of all rows, the likeliest first; of equal ones the lower row's, then the lower
 * token. `base` is what a row's hypothesis has so far. Tokens that cannot come are left out.
 */
export function take(
  rows: readonly { readonly base: number; readonly row: Float64Array }[],
  count: number,
): Candidate[] {
  const best: Candidate[] = [];
  rows.forEach(({ base, row }, beam) => {
    for (let token = 0; token < row.length; token++) {
      const logProbability = base + (row[token] as number);
      if (logProbability === Number.NEGATIVE_INFINITY) continue;
      if (best.length === count && logProbability <= (best[count - 1] as Candidate).logProbability) continue;
      let at = best.length;
      while (at > 0 && (best[at - 1] as Candidate).logProbability < logProbability) at--;
      best.splice(at, 0, { beam, token, logProbability });
      if (best.length > count) best.pop();
    }
  });
  return best;
}
