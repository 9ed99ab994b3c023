/** Counts of runs of n tokens, backed off by absolute discounting (Ney, Essen and Kneser 1994). */

/** What came after one context. */
interface Followers {
  total: number;
  readonly counts: Map<number, number>;
}

/**
 * The probability of a token after those before it. Of each count a discount is taken off, and what is taken off a context goes to its
 * tokens as the shorter context has them; the shortest one backs off to all tokens alike.
 */
export class NGrams {
  private constructor(
    /** By length of the context, from 0. */
    private readonly contexts: readonly ReadonlyMap<number, Followers>[],
    private readonly vocabulary: number,
    readonly discount: number,
  ) {}

  /**
   * @param tokens from 0 to `vocabulary` − 1
   * @param n length of the longest runs: 3 for trigrams
   * @param discounts of which that one is taken that foretells the last tenth best where only the rest is counted
   */
  static fit(tokens: Int32Array, vocabulary: number, n: number, discounts: readonly number[]): NGrams {
    const cut = Math.floor(0.9 * tokens.length);
    const rest = counted(tokens.subarray(0, cut), vocabulary, n);
    const [best] = discounts
      .map((discount) => ({ discount, nats: new NGrams(rest, vocabulary, discount).nats(tokens, cut) }))
      .sort((a, b) => a.nats - b.nats);
    if (best === undefined) throw new RangeError("NGrams.fit: no discount to choose from; give at least one");
    return new NGrams(counted(tokens, vocabulary, n), vocabulary, best.discount);
  }

  /** The probability of `token` behind the tokens that end before place `at`. */
  probability(token: number, tokens: Int32Array, at: number): number {
    let probability = 1 / this.vocabulary;
    for (let length = 0; length < this.contexts.length && length <= at; length++) {
      const followers = this.contexts[length]?.get(contextAt(tokens, at, length, this.vocabulary));
      // a longer context was not seen either
      if (followers === undefined) break;
      const seen = Math.max((followers.counts.get(token) ?? 0) - this.discount, 0);
      probability = (seen + this.discount * followers.counts.size * probability) / followers.total;
    }
    return probability;
  }

  /** Mean negative logarithm of the probability of each token from place `from` on. */
  nats(tokens: Int32Array, from = 0): number {
    let sum = 0;
    for (let at = from; at < tokens.length; at++) sum -= Math.log(this.probability(tokens[at] as number, tokens, at));
    return sum / (tokens.length - from);
  }
}

function counted(tokens: Int32Array, vocabulary: number, n: number): Map<number, Followers>[] {
  const contexts = Array.from({ length: n }, () => new Map<number, Followers>());
  for (const [at, token] of tokens.entries()) {
    for (let length = 0; length < n && length <= at; length++) {
      const context = contextAt(tokens, at, length, vocabulary);
      const of = contexts[length] as Map<number, Followers>;
      const followers = of.get(context) ?? { total: 0, counts: new Map() };
      followers.total++;
      followers.counts.set(token, (followers.counts.get(token) ?? 0) + 1);
      of.set(context, followers);
    }
  }
  return contexts;
}

/** The `length` tokens before a place, as one number. */
function contextAt(tokens: Int32Array, at: number, length: number, vocabulary: number): number {
  let context = 0;
  for (let i = at - length; i < at; i++) context = context * vocabulary + (tokens[i] as number);
  return context;
}
