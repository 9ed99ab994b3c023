import { ArgumentError } from "../errors.ts";
import { aShape } from "../graph/arguments.ts";
import type { Initializer } from "../graph/parameter.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { checkArgument, checkOptions, count, finite, type KindsOf, positive, required } from "../options.ts";

/** Fan-in and fan-out of a weight [out, in, ...]. */
function fans(initializer: string, shape: Shape): { fanIn: number; fanOut: number } {
  checkArgument(`initializers.${initializer}`, "shape", shape, aShape);
  const [out = 1, into = 1] = shape;
  const receptive = sizeOf(shape.slice(2));
  return shape.length < 2 ? { fanIn: out, fanOut: out } : { fanIn: into * receptive, fanOut: out * receptive };
}

/** Mean and standard deviation of a normal distribution. */
export interface NormalOptions {
  /** 0 unless given. */
  readonly mean?: number;
  /** More than 0; 1 unless given. */
  readonly std?: number;
}

const normalKinds: KindsOf<NormalOptions> = { mean: finite, std: positive };

/** The same number everywhere. */
export function constant(value: number): Initializer {
  checkArgument("initializers.constant", "value", value, required(finite));
  return { kind: "constant", value };
}

/** 0 everywhere. */
export const zero: Initializer = constant(0);

/** From `low` up to, but not, `high`. */
export function uniform(low: number, high: number): Initializer {
  checkArgument("initializers.uniform", "low", low, required(finite));
  checkArgument("initializers.uniform", "high", high, required(finite));
  if (!(low < high)) {
    throw new ArgumentError(`initializers.uniform: low is ${low} and high ${high}, expected low < high`);
  }
  return { kind: "uniform", low, high };
}

/** Normally distributed; mean 0 and standard deviation 1 unless given. */
export function normal(options: NormalOptions = {}): Initializer {
  checkOptions("initializers.normal", options, normalKinds);
  const { mean = 0, std = 1 } = options;
  return { kind: "normal", mean, std };
}

/** Normal, drawn again outside of two standard deviations around the mean. */
export function truncatedNormal(options: NormalOptions = {}): Initializer {
  checkOptions("initializers.truncatedNormal", options, normalKinds);
  const { mean = 0, std = 1 } = options;
  return { kind: "truncated_normal", mean, std };
}

/** Uniform within ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
export function glorotUniform(shape: Shape): Initializer {
  const { fanIn, fanOut } = fans("glorotUniform", shape);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  return uniform(-bound, bound);
}

/** Normal with deviation √(2 / fanIn) (He et al. 2015). */
export function heNormal(shape: Shape): Initializer {
  return normal({ std: Math.sqrt(2 / fans("heNormal", shape).fanIn) });
}

/** Options of `orthogonal`. */
export interface OrthogonalOptions {
  /** Length of the rows (or columns); 1 unless given. */
  readonly gain?: number;
  /** 1 unless given. */
  readonly blocks?: number;
}

/**
 * A (semi-)orthogonal matrix, drawn uniformly (Saxe et al. 2014), or one for each of `blocks` parts of the rows, as the
 * gates of a recurrent weight are.
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  checkOptions("initializers.orthogonal", options, { gain: finite, blocks: count });
  const { gain = 1, blocks = 1 } = options;
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
