/** Dynamic time warping (Sakoe and Chiba 1978): how far two sequences are apart where either may be stretched in time. */

/** Rows of numbers, one for each step. */
export type Sequence = readonly (readonly number[])[];

/**
 * The least sum of Euclid's distances between steps that are paired in their order, each step with one of the other sequence
 * at least. Paired steps lie at most `band` apart in time, once both are as long. Infinity as soon as `limit` is exceeded.
 */
export function warpedDistance(a: Sequence, b: Sequence, band: number, limit = Number.POSITIVE_INFINITY): number {
  const width = b.length;
  const reach = Math.max(band, Math.abs(a.length - width));
  let before = new Float64Array(width + 1).fill(Number.POSITIVE_INFINITY);
  let row = before.slice();
  before[0] = 0;
  for (const [i, step] of a.entries()) {
    row.fill(Number.POSITIVE_INFINITY);
    const middle = Math.round(((i + 0.5) * width) / a.length - 0.5);
    let least = Number.POSITIVE_INFINITY;
    for (let j = Math.max(0, middle - reach); j < Math.min(width, middle + reach + 1); j++) {
      const way = Math.min(before[j] as number, before[j + 1] as number, row[j] as number);
      const distance = way + between(step, b[j] as readonly number[]);
      row[j + 1] = distance;
      if (distance < least) least = distance;
    }
    if (least > limit) return Number.POSITIVE_INFINITY;
    [before, row] = [row, before];
  }
  return before[width] as number;
}

function between(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
}

/** The label of the example that is least far away, the first of equals. */
export function nearestWarped<Label>(
  sequence: Sequence,
  examples: readonly { readonly sequence: Sequence; readonly label: Label }[],
  band: number,
): Label | undefined {
  let label: Label | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const example of examples) {
    const distance = warpedDistance(sequence, example.sequence, band, least);
    if (distance < least || label === undefined) [least, label] = [distance, example.label];
  }
  return label;
}
