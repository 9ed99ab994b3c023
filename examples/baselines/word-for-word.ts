/** Translation word for word: each word's likeliest translation, from IBM's model 1 (Brown et al. 1993). */

export interface WordPair {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/** t(target word | source word), by expectation maximisation from equal probabilities. */
export class Lexicon {
  /** By source word, then by target word. */
  private constructor(readonly probabilities: ReadonlyMap<string, ReadonlyMap<string, number>>) {}

  static fit(pairs: readonly WordPair[], iterations = 5): Lexicon {
    let probabilities: ReadonlyMap<string, Map<string, number>> | undefined;
    for (let round = 0; round < iterations; round++) {
      const counts = new Map<string, Map<string, number>>();
      for (const { source, target } of pairs) {
        for (const word of target) {
          // equal at first, so that any number does
          const shares = source.map((from) => probabilities?.get(from)?.get(word) ?? 1);
          const total = shares.reduce((sum, share) => sum + share, 0);
          for (const [i, from] of source.entries()) {
            const row = counts.get(from) ?? new Map<string, number>();
            row.set(word, (row.get(word) ?? 0) + (shares[i] as number) / total);
            counts.set(from, row);
          }
        }
      }
      for (const row of counts.values()) {
        const total = [...row.values()].reduce((sum, count) => sum + count, 0);
        for (const [word, count] of row) row.set(word, count / total);
      }
      probabilities = counts;
    }
    return new Lexicon(probabilities ?? new Map());
  }

  /** The likeliest translation; a word that never occurred is its own. */
  translateWord(word: string): string {
    const row = [...(this.probabilities.get(word) ?? [])];
    return row.reduce<readonly [string, number]>((best, each) => (each[1] > best[1] ? each : best), [word, 0])[0];
  }

  translate(words: readonly string[]): string[] {
    return words.map((word) => this.translateWord(word));
  }
}
