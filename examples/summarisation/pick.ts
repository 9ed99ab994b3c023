/** Sentences that fit into a number of words. */

/**
 * The places of the sentences with the highest scores, of equal ones the first, in the order of the article: each that still fits is
 * taken.
 */
export function pickSentences(scores: readonly number[], lengths: readonly number[], room: number): number[] {
  const picked: number[] = [];
  let left = room;
  for (const { at } of scores.map((score, at) => ({ score, at })).sort((a, b) => b.score - a.score || a.at - b.at)) {
    const length = lengths[at] as number;
    if (length > left) continue;
    picked.push(at);
    left -= length;
  }
  return picked.sort((a, b) => a - b);
}
