/** TextRank (Mihalcea and Tarau 2004): sentences recommend those that share words with them, as pages do by links. */

const damping = 0.85;
const rounds = 50;

/** How much each sentence, given in words, is recommended; the sum is 1. */
export function textRank(sentences: readonly (readonly string[])[]): number[] {
  const sets = sentences.map((words) => new Set(words));
  const links = sentences.map((_, i) => sentences.map((_, j) => (i === j ? 0 : similarity(sets, sentences, i, j))));
  const totals = links.map((row) => row.reduce((sum, link) => sum + link, 0));
  let ranks = sentences.map(() => 1 / sentences.length);
  for (let round = 0; round < rounds; round++) {
    const given = ranks.map((rank, j) => (totals[j] === 0 ? 0 : rank / (totals[j] as number)));
    // what stands alone recommends all alike
    const alone = ranks.reduce((sum, rank, j) => sum + (totals[j] === 0 ? rank : 0), 0) / sentences.length;
    ranks = sentences.map((_, i) => {
      const recommended = links.reduce((sum, row, j) => sum + (row[i] as number) * (given[j] as number), alone);
      return (1 - damping) / sentences.length + damping * recommended;
    });
  }
  return ranks;
}

/** Shared words over the logarithms of both lengths. */
function similarity(
  sets: readonly ReadonlySet<string>[],
  sentences: readonly (readonly string[])[],
  i: number,
  j: number,
): number {
  const [a, b] = [sets[i] as ReadonlySet<string>, sets[j] as ReadonlySet<string>];
  const shared = [...a].filter((word) => b.has(word)).length;
  const size = [i, j].reduce((sum, at) => sum + Math.log(Math.max(1, sentences[at]?.length ?? 0)), 0);
  return size > 0 ? shared / size : 0;
}
