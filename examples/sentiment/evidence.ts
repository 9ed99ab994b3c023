/** How much a text's words, pairs and triples of words speak for each class: naive Bayes as one feature among others (Wang and Manning 2012). */

const smoothing = 1;

/** Runs of one, two and three words, each once. */
export function runsOf(words: readonly string[]): string[] {
  const runs = new Set<string>();
  for (let length = 1; length <= 3; length++) {
    for (let i = 0; i + length <= words.length; i++) runs.add(words.slice(i, i + length).join(" "));
  }
  return [...runs];
}

/** Counts of runs in the training texts, by class. Plain data, so that a model is saved with it. */
export interface EvidenceCounts {
  readonly classes: number;
  readonly totals: readonly number[];
  /** Different runs. */
  readonly vocabulary: number;
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

/** What occurs once in all tells nothing that another text could use. */
export function countEvidence(
  texts: readonly (readonly string[])[],
  labels: readonly number[],
  classes: number,
): EvidenceCounts {
  const counts = new Map<string, number[]>();
  for (const [i, words] of texts.entries()) {
    for (const run of runsOf(words)) {
      const row = counts.get(run) ?? new Array<number>(classes).fill(0);
      row[labels[i] as number] = (row[labels[i] as number] as number) + 1;
      counts.set(run, row);
    }
  }
  const kept = [...counts].filter(([, row]) => row.reduce((sum, count) => sum + count, 0) > 1);
  const totals = Array.from({ length: classes }, (_, at) =>
    kept.reduce((sum, [, row]) => sum + (row[at] as number), 0),
  );
  return { classes, totals, vocabulary: kept.length, counts: Object.fromEntries(kept) };
}

/**
 * For each class Σ log p(run | class) − its mean over the classes, of the runs of a text. `own` is the class under which the text is
 * among the counts: it is taken out of them, so that a training text is judged as a new one would be.
 */
export function evidenceOf(
  words: readonly string[],
  { classes, totals, vocabulary, counts }: EvidenceCounts,
  own?: number,
): number[] {
  // a record from a file has Object's own names too
  const found = runsOf(words).flatMap((run) => (Object.hasOwn(counts, run) ? [counts[run] as readonly number[]] : []));
  const sums = new Array<number>(classes).fill(0);
  for (const row of found) {
    for (let at = 0; at < classes; at++) {
      const less = at === own ? 1 : 0;
      const total = (totals[at] as number) - (at === own ? found.length : 0);
      sums[at] =
        (sums[at] as number) + Math.log(((row[at] as number) - less + smoothing) / (total + smoothing * vocabulary));
    }
  }
  const mean = sums.reduce((sum, each) => sum + each, 0) / classes;
  return sums.map((each) => each - mean);
}
