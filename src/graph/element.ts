/** What the rules by which operations write one element of their results have in common; see `ElementRule`. */

/** A finite number as WGSL of type `Real`; null where WGSL has none. */
export function literal(x: number): string | null {
  const single = Math.fround(x);
  return Number.isFinite(single) ? `Real(${single})` : null;
}

/** A finite number as WGSL of type f32. */
export function number(x: number): string | null {
  const single = Math.fround(x);
  return Number.isFinite(single) ? `f32(${single})` : null;
}

/**
 * How many columns a step along `axis` goes, where a row's elements are read as columns: null where the axis does not part rows
 * into neighbouring columns.
 */
export function columnsOf(shape: readonly number[], axis: number, rows: number): number | null {
  const isRow = shape[0] === rows && axis > 0;
  if (!isRow && rows > 1) return null;
  const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);
  return product(shape.slice(isRow ? 1 : 0, axis)) === 1 ? product(shape.slice(axis + 1)) : null;
}
