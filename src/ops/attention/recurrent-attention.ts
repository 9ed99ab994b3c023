/** Attention of one query per sequence, as a recurrent decoder asks for it at every step. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { checkOptions } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { sum } from "../rows/reduce.ts";
import { attentionLengths } from "./check.ts";
import { scoresGradient, stepSum } from "./recurrent-attention-backward.ts";
import { oneThreadPerQuery } from "./ways.ts";

type QueryInputs = {
  /** [..., B, H] */
  readonly query: Value;
  /** [B, S, H] */
  readonly keys: Value;
  /** [B, S, K] */
  readonly memory: Value;
  /** [H]; where it is given the score is v · tanh(query + key), else query · key. */
  readonly v?: Value | undefined;
  /** [B] */
  readonly lengths?: Value | undefined;
};

type Attended = { readonly context: Value; readonly weights: Value };

const recurrentAttentionOp: Op<null, QueryInputs, Attended> = {
  name: "recurrentAttention",
  gradient({ inputs: { query, keys, memory, v, lengths }, outputs: { weights } }, { context, weights: dWeights }) {
    const dScores = scoresGradient({ memory, weights, dContext: context, dWeights, lengths });
    const overSteps = { a: dScores, x: query, lengths };
    const additive = v && { keys, v };
    return {
      query: () => applyOne(queryGradientOp, { dScores, query, keys, v, lengths }, null, query),
      keys: () => stepSum(v ? "additive_keys" : "default", { ...overSteps, ...additive }),
      memory: () => context && stepSum("default", { a: weights, x: context, lengths }),
      v: () => sum(stepSum("additive_v", { ...overSteps, ...additive }), [0, 1]),
    };
  },
  vectorize: (_, inputs, { query, ...others }) => (query && !anyOf(others) ? attend(inputs) : null),
  ranges: ({ inputs: { keys, lengths } }) => (lengths ? [attentionLengths(lengths, keys.shape[1] as number)] : []),
  lower({ inputs, outputs }, to) {
    const { query, keys, memory, v, lengths } = to.slots(inputs);
    const { context, weights } = to.rooms(outputs);
    const [batch, source, width] = keys.shape as [number, number, number];
    const valueWidth = memory.shape[2] as number;
    const rows = sizeOf(query.shape) / width;
    const request = {
      variant: v ? "additive" : "default",
      bind: { query, keys, memory, v: v ?? query, lengths: lengths ?? query, weights, context },
      params: {
        rows,
        batch_size: batch,
        seq_len: source,
        width,
        value_width: valueWidth,
        has_lengths: lengths ? 1 : 0,
      },
      flops: 2 * rows * source * (width + valueWidth),
    };
    if (oneThreadPerQuery(to.adapter)) {
      to.dispatch({
        ...request,
        kernel: kernels.recurrent_attention_serial_forward,
        workgroups: linearWorkgroups(rows),
      });
    } else
      to.dispatch({
        ...request,
        kernel: kernels.recurrent_attention_parallel_forward,
        workgroups: foldWorkgroups(rows),
      });
  },
};

type QueryGradient = Omit<QueryInputs, "memory"> & { readonly dScores: Value };

const queryGradientOp: Op<null, QueryGradient> = {
  name: "recurrentAttentionQueryBackward",
  vectorize: (_, inputs, { dScores, query, ...others }) =>
    dScores && query && !anyOf(others) ? { y: applyOne(queryGradientOp, inputs, null, inputs.query) } : null,
  lower({ inputs, outputs }, to) {
    const { dScores: d_scores, query, keys, v, lengths } = to.slots(inputs);
    const d_query = to.output(outputs.y);
    const [batch, source, width] = keys.shape as [number, number, number];
    const size = sizeOf(d_query.shape);
    to.dispatch({
      kernel: kernels.recurrent_attention_query_backward,
      variant: v ? "additive" : "default",
      bind: { d_scores, keys, query: v ? query : keys, v: v ?? keys, lengths: lengths ?? keys, d_query },
      params: { rows: size / width, batch_size: batch, seq_len: source, width, has_lengths: lengths ? 1 : 0 },
      workgroups: linearWorkgroups(size),
      flops: 2 * size * source,
    });
  },
};

const anyOf = (flags: Readonly<Record<string, boolean | undefined>>): boolean => Object.values(flags).some(Boolean);

function attend(inputs: QueryInputs): Attended {
  const leading = inputs.query.shape.slice(0, -1);
  const float = (last: number) => ({ shape: [...leading, last], dtype: "float32" as const });
  return apply(recurrentAttentionOp, inputs, null, {
    context: float(inputs.memory.shape[2] as number),
    weights: float(inputs.keys.shape[1] as number),
  });
}

/** Options of `recurrentAttention`. */
export interface RecurrentAttentionOptions {
  /** `[H]`: the score is v · tanh(query + key) (Bahdanau et al. 2015); without it query · key (Luong et al. 2015). */
  readonly v?: Value | undefined;
  /** int32 [B], from 0 to S: positions of each sequence that count. 0 gives zeros. */
  readonly lengths?: Value | undefined;
}

/**
 * Attention of one query per sequence: `query` [B, H] or [T, B, H], `keys` [B, S, H], `memory` [B, S, K] → `context`
 * [(T,) B, K], the mean of the memory with the softmax of the scores as `weights` [(T,) B, S]. Scores, softmax and context
 * are one dispatch; padding in keys and memory is not looked at.
 */
export function recurrentAttention(
  query: Value,
  keys: Value,
  memory: Value,
  options: RecurrentAttentionOptions = {},
): { context: Value; weights: Value } {
  checkOptions("recurrentAttention", options, { v: optionalValue, lengths: optionalValue });
  requireValues("recurrentAttention", { query, keys, memory });
  const { v, lengths } = options;
  const expect = (name: string, x: Value, what: string, shape: Shape) => {
    if (x.dtype !== "float32") throw new DtypeError(`recurrentAttention: ${name} is ${x.dtype}, expected float32`);
    if (!sameShape(x.shape, shape)) {
      throw new ShapeError(
        `recurrentAttention: ${name} has shape ${formatShape(x.shape)}, expected ${what} = ${formatShape(shape)}; project queries and keys to one width`,
      );
    }
  };
  if (keys.rank !== 3) {
    throw new ShapeError(
      `recurrentAttention: keys have shape ${formatShape(keys.shape)}, expected [batch, source, width]; put the batch first`,
    );
  }
  const [batch, source, width] = keys.shape as [number, number, number];
  expect("keys", keys, "[batch, source, width]", keys.shape);
  expect("memory", memory, "[batch, source, size]", [batch, source, memory.shape[2] ?? 1]);
  const steps = query.rank === 3 ? [query.shape[0] as number] : [];
  expect("query", query, steps.length ? "[time, batch, width]" : "[batch, width]", [...steps, batch, width]);
  if (v) expect("v", v, "[width]", [width]);
  if (lengths && lengths.dtype !== "int32") {
    throw new DtypeError(
      `recurrentAttention: lengths are ${lengths.dtype}, expected int32; declare the input as int32([batch])`,
    );
  }
  if (lengths && !sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `recurrentAttention: lengths have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one length per sequence`,
    );
  }
  return attend({ query, keys, memory, v, lengths });
}
