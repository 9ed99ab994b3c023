/** What `MultiheadAttention` and layers around it are given. */

import { ShapeError } from "../errors.ts";
import { type RopeOptions, ropeKinds } from "../ops/attention/position.ts";
import { count, either, flag, type KindsOf, nested, positive, rate } from "../options.ts";
import { requireSizes } from "./layers.ts";

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** Whether the projections add a bias; true. */
  readonly bias?: boolean;
  /** Rate at which weights are dropped in training. */
  readonly dropout?: number;
  /** Heads of keys and values, each shared by numHeads / kvHeads heads of queries (Ainslie et al. 2023); numHeads. */
  readonly kvHeads?: number;
  /** Turns queries and keys by their positions. */
  readonly rope?: RopeOptions | boolean;
  /** Takes slope · distance off the scores. */
  readonly alibi?: boolean;
  /** Width of a head; embedDim / numHeads. */
  readonly headDim?: number | undefined;
  /** Scores s become softcap · tanh(s / softcap). */
  readonly softcap?: number | undefined;
}

export const multiheadKinds: KindsOf<MultiheadAttentionOptions> = {
  bias: flag,
  dropout: rate,
  kvHeads: count,
  rope: either(flag, nested<RopeOptions>(ropeKinds)),
  alibi: flag,
  headDim: count,
  softcap: positive,
};

/** The largest divisor of `size` that is at most `most`, among those up to 1,024. */
function divisorUpTo(size: number, most: number): number {
  let divisor = Math.min(most, size, 1024);
  while (size % divisor !== 0) divisor--;
  return divisor;
}

/** Checks a layer's head count. */
export function requireHeads(
  layer: string,
  size: number,
  numHeads: number,
  { kvHeads = numHeads, headDim }: Pick<MultiheadAttentionOptions, "kvHeads" | "headDim"> = {},
): void {
  requireSizes(layer, { embedDim: size, numHeads, kvHeads, ...(headDim === undefined ? {} : { headDim }) });
  if (headDim === undefined && size % numHeads !== 0) {
    throw new ShapeError(
      `${layer}: numHeads ${numHeads} does not divide embedDim ${size}, expected a divisor such as ${divisorUpTo(size, numHeads)}; or give headDim`,
    );
  }
  if (numHeads % kvHeads !== 0) {
    throw new ShapeError(`${layer}: kvHeads ${kvHeads} does not divide numHeads ${numHeads}, use ${numHeads} or 1`);
  }
}
