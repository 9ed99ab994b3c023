import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, type Shape, sameShape } from "../../graph/shape.ts";
import type { IndexRange, Value } from "../../graph/value.ts";
import { finite, flag, type KindsOf, oneOf, positive, rate } from "../../options.ts";
import { select } from "../elementwise/select.ts";
import { reshape } from "../layout/layout.ts";
import type { AttentionProblem } from "./problem.ts";

/** Options of `scaledDotProductAttention`, `naiveAttention` and `attentionWeights`. */
export interface AttentionOptions {
  /**
   * A query sees itself and the keys before it. `lower-right`, or `true`: both sequences end together, query i sees the keys j ≤
   * i + keys − queries. `upper-left`: both begin together, j ≤ i (as ONNX has it).
   */
  readonly causal?: boolean | "lower-right" | "upper-left";
  /** int32 [batch]: how many keys of each sequence are there; those behind are not seen. 0 gives zeros. */
  readonly lengths?: Value;
  /** float32 [batch or 1, heads or 1, queries, keys]: a key is seen where it is not 0. */
  readonly mask?: Value;
  /**
   * float32 [heads or 1, queries, keys], or with a first axis of batch or 1: added to the scores. A value of −10³⁰ or less, −∞ too,
   * hides the pair.
   */
  readonly bias?: Value;
  /** Factor of the scores; 1/√dim where absent. */
  readonly scale?: number;
  /** Scores s become softcap · tanh(s / softcap), before bias and ALiBi (Gemma Team 2024). */
  readonly softcap?: number;
  /** Rate at which weights are dropped, where it is traced for training; see `dropout`. */
  readonly dropout?: number;
  /** Takes slope · distance off each score (Press et al. 2022), with a slope for each head. */
  readonly alibi?: boolean;
}

export const attentionKinds: KindsOf<AttentionOptions> = {
  causal: oneOf(true, false, "lower-right", "upper-left"),
  lengths: optionalValue,
  mask: optionalValue,
  bias: optionalValue,
  scale: finite,
  softcap: positive,
  dropout: rate,
  alibi: flag,
};

/** What is behind the options once they fit. */
export interface Checked {
  readonly problem: AttentionProblem;
  /** Bias and mask in one: hidden pairs have −3·10³⁸. [batch or 1, heads or 1, queries, keys] */
  readonly bias: Value | undefined;
  readonly lengths: Value | undefined;
}

/** What `lengths` may hold. */
export const attentionLengths = (lengths: Value, keys: number): IndexRange & { readonly input: Value } => ({
  input: lengths,
  what: "attention length",
  minimum: 0,
  maximum: keys,
  remedy: "lengths count the keys of each sequence",
});

/** Below every score that counts, and finite. */
const HIDDEN = -3e38;

function sizesOf(op: string, q: Value, k: Value, v: Value) {
  for (const [name, x] of Object.entries({ q, k, v })) {
    if (x.dtype !== "float32") throw new DtypeError(`${op}: ${name} is ${x.dtype}, expected float32`);
    if (x.rank !== 4) {
      throw new ShapeError(
        `${op}: ${name} has shape ${formatShape(x.shape)}, expected [batch, heads, length, dim]; reshape [batch, length, heads · dim] and permute it by [0, 2, 1, 3]`,
      );
    }
  }
  const [batch, heads, queries, dim] = q.shape as [number, number, number, number];
  const [, kvHeads, keys] = k.shape as [number, number, number, number];
  const valueDim = v.shape[3] as number;
  if (!sameShape(k.shape, [batch, kvHeads, keys, dim])) {
    throw new ShapeError(
      `${op}: k has shape ${formatShape(k.shape)}, expected batch and dim of q, [${batch}, kvHeads, keys, ${dim}]`,
    );
  }
  if (!sameShape(v.shape.slice(0, 3), k.shape.slice(0, 3))) {
    throw new ShapeError(
      `${op}: v has shape ${formatShape(v.shape)}, expected all but the last extent of k, [${batch}, ${kvHeads}, ${keys}, valueDim]`,
    );
  }
  if (heads % kvHeads !== 0) {
    throw new ShapeError(
      `${op}: ${heads} query heads and ${kvHeads} key/value heads, expected a number of query heads that key/value heads divide; use ${heads} or 1 of them`,
    );
  }
  return { batch, heads, kvHeads, queries, keys, dim, valueDim };
}

/** `x` as [batch or 1, heads or 1, queries, keys]. */
function overScores(op: string, name: string, x: Value, [batch, heads, queries, keys]: Shape, remedy: string): Value {
  if (x.dtype !== "float32") throw new DtypeError(`${op}: ${name} is ${x.dtype}, expected float32`);
  const shape = x.rank === 3 ? [1, ...x.shape] : x.shape;
  const [first, second] = shape;
  const fits =
    sameShape(shape.slice(2), [queries as number, keys as number]) &&
    (first === 1 || first === batch) &&
    (second === 1 || second === heads);
  if (!fits) {
    throw new ShapeError(
      `${op}: ${name} has shape ${formatShape(x.shape)}, expected [batch or 1, heads or 1, queries, keys] = [${batch} or 1, ${heads} or 1, ${queries}, ${keys}]; ${remedy}`,
    );
  }
  return reshape(x, shape);
}

export function checkAttention(
  op: string,
  q: Value,
  k: Value,
  v: Value,
  options: AttentionOptions,
  dropout: number,
): Checked {
  requireValues(op, { q, k, v });
  const { causal = false, lengths, mask, bias, scale, softcap, alibi = false } = options;
  const sizes = sizesOf(op, q, k, v);
  const { batch, heads, queries, keys, dim } = sizes;
  if (lengths && lengths.dtype !== "int32") {
    throw new DtypeError(`${op}: lengths are ${lengths.dtype}, expected int32; declare the input as int32([batch])`);
  }
  if (lengths && !sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `${op}: lengths have shape ${formatShape(lengths.shape)}, expected one count of keys for each sequence, [batch] = [${batch}]`,
    );
  }
  const scores = [batch, heads, queries, keys];
  const seen =
    mask &&
    overScores(
      op,
      "mask",
      mask,
      scores,
      "reshape a mask of keys to [batch, 1, 1, keys] and broadcastTo, or pass lengths",
    );
  const added = bias && overScores(op, "bias", bias, scores, "use broadcastTo where it is the same for all queries");
  const problem: AttentionProblem = {
    ...sizes,
    scale: scale ?? 1 / Math.sqrt(dim),
    softcap: softcap ?? 0,
    causal: causal === true ? "lower-right" : causal,
    alibi,
    lengths: !!lengths,
    dropout,
  };
  return { problem, bias: seen ? select(seen, added ?? 0, HIDDEN) : added, lengths };
}
