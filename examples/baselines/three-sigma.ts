/** The rule of three deviations (Shewhart 1931): what lies further from the mean is not as usual. */

/** By how many deviations each number is away from the mean of all; NaN where it is missing. */
export function deviations(values: ArrayLike<number>): Float64Array {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
  return Float64Array.from(values, (value) => Math.abs(value - mean) / (Math.sqrt(variance) || 1));
}

/** Rows that lie more than three deviations from the mean. */
export const threeSigma = (values: ArrayLike<number>): boolean[] =>
  Array.from(deviations(values), (value) => value > 3);
