/**
 * How far a float32 result may lie from its float64 oracle, by kind of computation. The only such table: tests name an
 * entry and never a number of their own. A result passes where |got − want| ≤ relative · |want| + absolute; `absolute`
 * is for data of order 1, as all test data is unless a test says otherwise.
 */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Half the distance of float32 numbers near 1: the error of one correctly rounded operation. */
const UNIT = 2 ** -24;
/** Below this WebGPU may flush to zero. */
const SUBNORMAL = 1.2e-38;

const relative = (units: number): Tolerance => ({ relative: units * UNIT, absolute: SUBNORMAL });
const both = (units: number): Tolerance => ({ relative: units * UNIT, absolute: units * UNIT });

/**
 * A sum of n terms of order 1 with random signs: partial sums grow to √n, each of the n additions rounds one, and these
 * errors add up like a random walk, to about UNIT · n in all. Within 4 deviations; the constant is for short sums.
 */
const accumulated = (terms: number, units: number): Tolerance => both(units * (4 + terms / 3));

export const tolerance = {
  /** Moves, comparisons, maxima, masks: no rounding at all. */
  exact: { relative: 0, absolute: 0 },
  /** One or two of + − × and a division, which WGSL allows 2.5 ulp (5 units). */
  arithmetic: relative(8),
  /**
   * Functions of one number near which nothing cancels: WGSL allows exp 3 + 2|x| ulp, log 3 ulp, division 2.5 ulp, and the
   * kernels put a few of them behind each other.
   */
  elementwise: both(32),
  /** exp of x: its relative error grows with |x|, by WGSL's bound of 3 + 2|x| ulp. */
  exponential: (largest: number): Tolerance => relative(8 + 4 * largest),
  /**
   * Far from 0, where a function's result is tiny or its argument was reduced: the argument of an inner exp is rounded, so
   * the relative error grows with it.
   */
  extreme: (largest: number): Tolerance => ({ relative: (64 + 8 * largest) * UNIT, absolute: 4 * UNIT }),
  /** Functions of NaN, infinities and numbers of order 1, of which slopes are products: where NaN and infinities are, above all. */
  special: both(512),
  /** Rotation by an angle that is a product of float32 numbers: each rounding of it is as much of it, not of the result. */
  rotation: (angle: number): Tolerance => both(32 + 4 * angle),
  /** pow by exp2 and log2: WGSL derives its bound from theirs, and the exponent multiplies it. */
  power: both(128),
  /** Φ(x) by a fit that is good to 1.2e-7 of itself, then a product. */
  normalCdf: both(48),
  /** Sums of `terms` numbers, in whatever order. */
  reduction: (terms: number): Tolerance => accumulated(terms, 1),
  /** A sum, and a division by the number of its terms. */
  mean: (terms: number): Tolerance => both((4 + terms / 3) / terms + 4),
  /** A mean of equal terms, whose roundings all go the same way: of blocks, of a chunk's blocks, and of the chunks. */
  equalTerms: relative(1024),
  /** Inner products of length k; the products are rounded too. */
  matmul: (k: number): Tolerance => accumulated(k, 1),
  /** Storage in 16 bits: 11 significant ones, and either neighbour; below 6.1e-5 steps of 2^-24. */
  float16: { relative: 2 ** -10, absolute: 2 ** -24 },
  /** Sums of k products with weights that were stored so: the errors of the weights add up like a random walk. */
  float16Weights: (k: number): Tolerance => ({ relative: 2 ** -10, absolute: 2 ** -10 * 4 * Math.sqrt(k) }),
  /** exp, a sum of n of them, and a division or logarithm. */
  softmax: (n: number): Tolerance => both(32 + n / 3),
  /**
   * A recurrence: each step has a matmul of length `hidden` and a few gates, and the error of a step goes on into all that
   * follow; with weights of order 1/√hidden it neither explodes nor dies out, so steps add up.
   */
  recurrent: (steps: number, hidden: number): Tolerance => both(4 * steps * (4 + Math.sqrt(hidden))),
  /**
   * Logarithms of probabilities that are added up over time: after t steps they are of order 2t, so that the errors of the sums add
   * up like a random walk to UNIT · 1.2 · steps^1.5. Within 4 deviations.
   */
  logarithms: (steps: number): Tolerance => both(64 + 5 * steps ** 1.5),
  /** The parameters after some steps of an optimizer, of which each rounds p once, and a small update a few times. */
  optimizer: (steps: number): Tolerance => both(8 * steps),
  /**
   * 1 − beta in float32 has an error of UNIT / (1 − beta) of itself, which goes over to Adam's moments; the update, about
   * as large as the learning rate, inherits it.
   */
  adaptive: (steps: number, learningRate: number, rest: number): Tolerance => ({
    relative: 8 * steps * UNIT,
    absolute: steps * (4 * UNIT + (learningRate * 4 * UNIT) / rest),
  }),
  /** Gradients compared with central differences of the oracle: these have an error of their own near 1e-8. */
  differences: { relative: 1e-7, absolute: 1e-7 },
  /** Rows of an orthogonal matrix, worked out in float64 and rounded once. */
  orthogonal: (n: number): Tolerance => accumulated(n, 1),
  /**
   * Losses of a training run on another adapter: rounding differs from the first step on, and each step carries it on in
   * the parameters, at most a few times larger while the learning rate is one at which training is stable.
   */
  training: (steps: number): Tolerance => both(256 * steps),
} as const;

/** Of random programs, whose conditioning is measured: errors are put into the oracle's values, and what they do is seen. */
export const randomPrograms = {
  /** The errors, relative to each value: 64 times those of rounding. */
  noise: 64 * UNIT,
  /** Share of their effect that kernels may have: 32 roundings in each value. */
  share: 0.5,
  /** What values may be off in any case. */
  values: { relative: 1e-5, absolute: 1e-5 },
  /** The same for a gradient along a direction; the absolute part is that of the gradients of the whole program. */
  slopes: { relative: 1e-4, absolute: 2e-5 },
} as const;

/** Sum of two tolerances, as for a computation in two parts. */
export const plus = (a: Tolerance, b: Tolerance): Tolerance => ({
  relative: a.relative + b.relative,
  absolute: a.absolute + b.absolute,
});

/** For data of another order than 1. */
export const scaled = (by: number, { relative, absolute }: Tolerance): Tolerance => ({
  relative,
  absolute: absolute * by,
});

/**
 * How many standard errors a statistic of random numbers may be off. Seeds are fixed, so this never fails by chance; a
 * right generator passes 5 for all but one seed in a million.
 */
export const STANDARD_ERRORS = 5;
