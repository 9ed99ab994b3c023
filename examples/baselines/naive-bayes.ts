/** Multinomial naive Bayes with add-one smoothing (Manning, Raghavan and Schütze 2008, section 13.2). */

/** Counts of features (words, pairs of characters) by class. */
export class NaiveBayes {
  private constructor(
    readonly classes: readonly string[],
    /** Natural logarithm of each class's share of the examples. */
    private readonly priors: Float64Array,
    /** Natural logarithm of each class's share of a feature. */
    private readonly likelihoods: ReadonlyMap<string, Float64Array>,
  ) {}

  /** `labels` of an example may be several: it then counts in equal parts for each. */
  static fit(examples: readonly (readonly string[])[], labels: readonly (readonly string[])[]): NaiveBayes {
    const classes = [...new Set(labels.flat())].sort();
    const index = new Map(classes.map((name, i) => [name, i]));
    const counts = new Map<string, Float64Array>();
    const [perClass, totals] = [new Float64Array(classes.length), new Float64Array(classes.length)];
    for (const [i, features] of examples.entries()) {
      const own = labels[i] as readonly string[];
      for (const label of own) {
        const at = index.get(label) as number;
        perClass[at] = (perClass[at] as number) + 1 / own.length;
        for (const feature of features) {
          const row = counts.get(feature) ?? new Float64Array(classes.length);
          row[at] = (row[at] as number) + 1 / own.length;
          counts.set(feature, row);
          totals[at] = (totals[at] as number) + 1 / own.length;
        }
      }
    }
    const likelihoods = new Map(
      [...counts].map(([feature, row]) => [
        feature,
        row.map((count, at) => Math.log((count + 1) / ((totals[at] as number) + counts.size))),
      ]),
    );
    const priors = perClass.map((count) => Math.log(count / examples.length));
    return new NaiveBayes(classes, priors, likelihoods);
  }

  /** Log of prior times likelihood for each class; features never seen do not count. */
  scores(features: readonly string[]): Float64Array {
    const scores = this.priors.slice();
    for (const feature of features) {
      const row = this.likelihoods.get(feature);
      if (row) for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] as number) + (row[at] as number);
    }
    return scores;
  }

  predict(features: readonly string[]): string {
    const scores = this.scores(features);
    return this.classes[scores.indexOf(Math.max(...scores))] as string;
  }
}

/** Neighbouring characters in pairs, with marks for beginning and end. */
export function characterPairs(text: string): string[] {
  const characters = characterMarks(text);
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`);
}

/** Lower-cased words and single marks. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}]/gu) ?? [];

/** Characters, between a mark for the beginning and one for the end. */
export const characterMarks = (text: string): string[] => ["\u0002", ...text, "\u0003"];
