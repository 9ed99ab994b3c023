/** Of probabilities [texts, classes] for each text the likeliest class, and how likely it is. */
export function likeliest(
  shares: ArrayLike<number | bigint>,
  classes: readonly string[],
): { readonly class: string; readonly probability: number }[] {
  return Array.from({ length: shares.length / classes.length }, (_, text) => {
    const row = classes.map((_, at) => Number(shares[text * classes.length + at]));
    const probability = Math.max(...row);
    return { class: classes[row.indexOf(probability)] as string, probability };
  });
}
