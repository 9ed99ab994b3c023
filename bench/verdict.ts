/** The rule by which a change is judged beside an earlier commit. */
import type { CaseReport, Paired } from "./types.ts";

/** The geometric mean over all cases may grow by this much. */
const ALLOWED_MEAN = 1.01;
/** A case fails where the whole 95% interval of its ratio lies above this. */
const ALLOWED_CASE = 1.03;

export interface Verdict {
  readonly geometricMean: number;
  /** Names of the cases that are slower beyond doubt. */
  readonly slower: readonly string[];
  readonly ok: boolean;
}

const hasPair = (each: CaseReport): each is CaseReport & { readonly paired: Paired } => each.paired !== undefined;

export function verdictOf(cases: readonly CaseReport[]): Verdict | undefined {
  const pairs = cases.filter(hasPair);
  if (pairs.length === 0) return undefined;
  const mean = Math.exp(pairs.reduce((sum, { paired }) => sum + Math.log(paired.ratio), 0) / pairs.length);
  const slower = pairs.filter(({ paired }) => paired.low > ALLOWED_CASE).map(({ name }) => name);
  return { geometricMean: mean, slower, ok: mean <= ALLOWED_MEAN && slower.length === 0 };
}

/** A line for each case, then what they come to. */
export function formatVerdict(cases: readonly CaseReport[]): string {
  const verdict = verdictOf(cases);
  if (!verdict) return "";
  const { geometricMean, slower, ok } = verdict;
  return [
    "time beside the earlier commit: median of paired ratios [95% interval], below 1 is faster",
    ...cases
      .filter(hasPair)
      .map(
        ({ name, paired: { ratio, low, high, rounds } }) =>
          `  ${name}: ${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] in ${rounds} rounds`,
      ),
    `geometric mean ${geometricMean.toFixed(4)}, slower beyond doubt: ${slower.join(", ") || "none"}; ${ok ? "passes" : "FAILS"} (mean at most ${ALLOWED_MEAN}, no interval above ${ALLOWED_CASE})`,
  ].join("\n");
}
