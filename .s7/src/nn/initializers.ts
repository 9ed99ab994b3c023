import type { Initializer } from "../graph/parameter.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";

/** Fan-in and fan-out of a weight [out, in, ...]. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const [out = 1, into = 1] = shape;
  const receptive = sizeOf(shape.slice(2));
  return shape.length < 2 ? { fanIn: out, fanOut: out } : { fanIn: into * receptive, fanOut: out * receptive };
}

export const constant = (value: number): Initializer => ({ kind: "constant", value });
export const zero: Initializer = constant(0);
export const uniform = (low: number, high: number): Initializer => ({ kind: "uniform", low, high });
export const normal = (std = 1, mean = 0): Initializer => ({ kind: "normal", mean, std });
export const truncatedNormal = (std = 1, mean = 0): Initializer => ({ kind: "truncated_normal", mean, std });

/** Uniform within ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function glorotUniform(shape: Shape): Initializer {
  const { fanIn, fanOut } = fans(shape);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return uniform(-bound, bound);
}

/** Normal with deviation √(2 / fanIn) (He et al. 2015). */
export function heNormal(shape: Shape): Initializer {
  return normal(Math.sqrt(2 / fans(shape).fanIn));
}

/**
 * A (semi-)orthogonal matrix, drawn uniformly (Saxe et al. 2014), or one for each of `blocks` parts of the rows, as the
 * gates of a recurrent weight are.
 */
export function orthogonal({ gain = 1, blocks = 1 }: { gain?: number; blocks?: number } = {}): Initializer {
  return {
    kind: "host",
    make([rows = 1, columns = 1], random) {
      const data = new Float32Array(rows * columns);
      const blockRows = rows / blocks;
      for (let block = 0; block < blocks; block++) {
        const matrix = orthogonalMatrix(blockRows, columns, random);
        data.set(
          Float32Array.from(matrix, (x) => x * gain),
          block * blockRows * columns,
        );
      }
      return data;
    },
  };
}

/** Gram–Schmidt, twice for accuracy, on rows (or on columns where these are fewer) of a Gaussian matrix. */
function orthogonalMatrix(rows: number, columns: number, random: () => number): Float64Array {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => gaussian(random));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) {
        const projection = vector.reduce((sum, x, i) => sum + x * (other[i] as number), 0);
        for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - projection * (other[i] as number);
      }
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6) vectors.push(vector.map((x) => x / norm));
  }
  const at = (row: number, column: number) =>
    (rows <= columns ? vectors[row]?.[column] : vectors[column]?.[row]) as number;
  return Float64Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns));
}

function gaussian(random: () => number): number {
  const u = Math.max(Math.abs(random()), 1e-12);
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(Math.PI * random());
}
