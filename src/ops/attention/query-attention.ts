/** Attention of one query per sequence, as a recurrent decoder asks for it at every step. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import type { Slot } from "../../graph/lowering.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { checkOptions } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { sum } from "../rows/reduce.ts";
import { attentionLengths } from "./check.ts";
import { scoresGradient, stepSum } from "./query-attention-backward.ts";

interface QueryAttention {
  /** The score is v · tanh(query + key), else query · key. */
  readonly additive: boolean;
  readonly lengths: boolean;
}

/** Optional inputs follow the others in the order v, lengths. */
function named<T>(inputs: readonly T[], { additive, lengths }: QueryAttention) {
  const [query, keys, memory, ...rest] = inputs as [T, T, T, ...T[]];
  const v = additive ? rest.shift() : undefined;
  return { query, keys, memory, v, lengths: lengths ? rest.shift() : undefined };
}

/** Inputs: query [..., B, H], keys [B, S, H], memory [B, S, K], v [H], lengths [B]. Outputs: context, weights. */
const queryAttentionOp: Op<QueryAttention> = {
  name: "queryAttention",
  gradient({ inputs, outputs, attributes }, [dContext, dWeights], needed) {
    const { query, keys, memory, v, lengths } = named(inputs, attributes);
    const weights = outputs[1] as Value;
    const dScores = scoresGradient(memory, weights, dContext, dWeights, lengths);
    const additive = v && { keys, v };
    return [
      needed[0] ? queryGradient(dScores, query, keys, v, lengths) : undefined,
      needed[1] ? stepSum(additive ? "additive_keys" : "default", dScores, query, lengths, additive) : undefined,
      needed[2] && dContext ? stepSum("default", weights, dContext, lengths) : undefined,
      v && needed[3] ? sum(stepSum("additive_v", dScores, query, lengths, additive), [0, 1]) : undefined,
    ];
  },
  vectorize({ attributes }, inputs, stacked) {
    const others = stacked.slice(1);
    return stacked[0] && !others.some(Boolean) ? attend(inputs, attributes) : null;
  },
  ranges({ inputs, attributes: { lengths } }) {
    return lengths ? [attentionLengths(inputs.length - 1, (inputs[1] as Value).shape[1] as number)] : [];
  },
  lower({ inputs, outputs, attributes }, to) {
    const slots = inputs.map((input) => to.slot(input));
    const { query, keys, memory, v, lengths } = named(slots, attributes);
    const [context, weights] = outputs.map((output) => to.output(output)) as [Slot, Slot];
    const [batch, source, width] = keys.shape as [number, number, number];
    const valueWidth = memory.shape[2] as number;
    const rows = sizeOf(query.shape) / width;
    const request = {
      variant: attributes.additive ? "additive" : "default",
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
    if (to.adapter.kind === "software") {
      to.dispatch({ ...request, kernel: kernels.query_attention_serial_forward, workgroups: linearWorkgroups(rows) });
    } else to.dispatch({ ...request, kernel: kernels.query_attention_forward, workgroups: foldWorkgroups(rows) });
  },
};

/** Inputs: dScores, query, keys, then v and lengths where there are. */
const queryGradientOp: Op<QueryAttention> = {
  name: "queryAttentionQueryBackward",
  vectorize({ attributes }, inputs, stacked) {
    const [scores, query, ...others] = stacked;
    if (!scores || !query || others.some(Boolean)) return null;
    return [applyOne(queryGradientOp, inputs, attributes, inputs[1] as Value)];
  },
  lower({ inputs, outputs, attributes: { additive, lengths: hasLengths } }, to) {
    const [d_scores, query, keys, ...rest] = inputs.map((input) => to.slot(input)) as [Slot, Slot, Slot, ...Slot[]];
    const v = additive ? rest[0] : undefined;
    const lengths = hasLengths ? rest.at(-1) : undefined;
    const d_query = to.output(outputs[0] as Value);
    const [batch, source, width] = keys.shape as [number, number, number];
    const size = sizeOf(d_query.shape);
    to.dispatch({
      kernel: kernels.query_attention_query_backward,
      variant: additive ? "additive" : "default",
      bind: { d_scores, keys, query: additive ? query : keys, v: v ?? keys, lengths: lengths ?? keys, d_query },
      params: { rows: size / width, batch_size: batch, seq_len: source, width, has_lengths: lengths ? 1 : 0 },
      workgroups: linearWorkgroups(size),
      flops: 2 * size * source,
    });
  },
};

function queryGradient(dScores: Value, query: Value, keys: Value, v?: Value, lengths?: Value): Value {
  const inputs = [dScores, query, keys, ...(v ? [v] : []), ...(lengths ? [lengths] : [])];
  return applyOne(queryGradientOp, inputs, { additive: !!v, lengths: !!lengths }, query);
}

function attend(inputs: readonly Value[], attributes: QueryAttention): [context: Value, weights: Value] {
  const [query, keys, memory] = inputs as [Value, Value, Value];
  const leading = query.shape.slice(0, -1);
  const float = (last: number) => ({ shape: [...leading, last], dtype: "float32" as const });
  return apply(queryAttentionOp, inputs, attributes, [
    float(memory.shape[2] as number),
    float(keys.shape[1] as number),
  ]) as [Value, Value];
}

export interface QueryAttentionOptions {
  /** [H]: the score is v · tanh(query + key) (Bahdanau et al. 2015); without it query · key (Luong et al. 2015). */
  readonly v?: Value | undefined;
  /** int32 [B], from 0 to S: positions of each sequence that count. 0 gives zeros. */
  readonly lengths?: Value | undefined;
}

/**
 * Attention of one query per sequence: `query` [B, H] or [T, B, H], `keys` [B, S, H], `memory` [B, S, K] → `context`
 * [(T,) B, K], the mean of the memory with the softmax of the scores as `weights` [(T,) B, S]. Scores, softmax and context
 * are one dispatch; padding in keys and memory is not looked at.
 */
export function queryAttention(
  query: Value,
  keys: Value,
  memory: Value,
  options: QueryAttentionOptions = {},
): { context: Value; weights: Value } {
  checkOptions("queryAttention", options, { v: optionalValue, lengths: optionalValue });
  requireValues("queryAttention", { query, keys, memory });
  const { v, lengths } = options;
  const expect = (name: string, x: Value, what: string, shape: Shape) => {
    if (x.dtype !== "float32") throw new DtypeError(`queryAttention: ${name} is ${x.dtype}, expected float32`);
    if (!sameShape(x.shape, shape)) {
      throw new ShapeError(
        `queryAttention: ${name} has shape ${formatShape(x.shape)}, expected ${what} = ${formatShape(shape)}; project queries and keys to one width`,
      );
    }
  };
  if (keys.rank !== 3) {
    throw new ShapeError(
      `queryAttention: keys have shape ${formatShape(keys.shape)}, expected [batch, source, width]; put the batch first`,
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
      `queryAttention: lengths are ${lengths.dtype}, expected int32; declare the input as int32([batch])`,
    );
  }
  if (lengths && !sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `queryAttention: lengths have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one length per sequence`,
    );
  }
  const inputs = [query, keys, memory, ...(v ? [v] : []), ...(lengths ? [lengths] : [])];
  const [context, weights] = attend(inputs, { additive: !!v, lengths: !!lengths });
  return { context, weights };
}
