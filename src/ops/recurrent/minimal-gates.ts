/** Gates of the minimal GRU and LSTM: from projected inputs to the coefficients of a linear recurrence. */

import { ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { formatShape, type Spec, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { permutedRows, reshape, zeros } from "../layout/layout.ts";

/** Function of the candidate state: the paper's `g` (x + ½ for x ≥ 0, else σ(x)), none, or tanh. */
export type MinimalActivation = "g" | "identity" | "tanh";

interface MinimalGates {
  readonly cell: "gru" | "lstm";
  readonly activation: MinimalActivation;
  /** The projected inputs are [batch, time, ...]; the coefficients are [time, batch, ...] all the same. */
  readonly batchFirst: boolean;
}

const variantOf = ({ cell, activation }: MinimalGates) => `${cell}_${activation}`;

function paramsOf(coefficients: Slot, { batchFirst }: MinimalGates): Record<string, number> {
  const [length, batch_size, hidden_size] = coefficients.shape as [number, number, number];
  return { rows: length * batch_size, hidden_size, batch_size, batch_first: batchFirst ? 1 : 0 };
}

/** [T, B, 2H or 3H], or batch first. */
type Projected = { readonly projected: Value };

/** [T, B, H] each. */
type Coefficients = { readonly a: Value; readonly b: Value };

const minimalGatesOp: Op<MinimalGates, Projected, Coefficients> = {
  name: "minimalGates",
  gradient({ inputs: { projected }, outputs: { a, b }, attributes }, { a: dA, b: dB }) {
    const arriving = { projected, dA: dA ?? zeros(a.shape), dB: dB ?? zeros(b.shape) };
    return { projected: applyOne(minimalGatesBackwardOp, arriving, attributes, projected) };
  },
  vectorize({ attributes, outputs }, { projected }, _, length) {
    if (attributes.batchFirst) return null;
    const { shape } = projected;
    const rows = reshape(projected, [length * (shape[1] as number), ...shape.slice(2)]);
    const { a, b } = minimalGates(rows, attributes.cell, attributes.activation);
    return { a: reshape(a, [length, ...outputs.a.shape]), b: reshape(b, [length, ...outputs.b.shape]) };
  },
  lower({ inputs, outputs, attributes }, to) {
    const projected = to.slot(inputs.projected);
    const { a, b } = to.rooms(outputs);
    const size = sizeOf(a.shape);
    to.dispatch({
      kernel: kernels.minimal_gates_forward,
      variant: variantOf(attributes),
      bind: { projected, a, b },
      params: paramsOf(a, attributes),
      workgroups: linearWorkgroups(size),
      flops: 10 * size,
    });
  },
};

const minimalGatesBackwardOp: Op<MinimalGates, Projected & { readonly dA: Value; readonly dB: Value }> = {
  name: "minimalGatesBackward",
  lower({ inputs, outputs, attributes }, to) {
    const { projected, dA: d_a, dB: d_b } = to.slots(inputs);
    const size = sizeOf(d_a.shape);
    to.dispatch({
      kernel: kernels.minimal_gates_backward,
      variant: variantOf(attributes),
      bind: { projected, d_a, d_b, d_projected: to.output(outputs.y) },
      params: paramsOf(d_a, attributes),
      workgroups: linearWorkgroups(size),
      flops: 20 * size,
    });
  },
};

/**
 * Coefficients a and b [T, B, H] of h_t = a_t · h_{t−1} + b_t, from x·Wᵀ + b of all gates: `projected` [T, B, 2H] with
 * (z, h) for the minimal GRU, [T, B, 3H] with (f, i, h) for the minimal LSTM.
 */
export function minimalGates(
  projected: Value,
  cell: MinimalGates["cell"],
  activation: MinimalActivation,
): Coefficients {
  const gates = cell === "gru" ? 2 : 3;
  const hidden = (projected.shape[2] ?? 0) / gates;
  if (projected.rank !== 3 || !Number.isInteger(hidden)) {
    throw new ShapeError(
      `minimalGates: projected inputs have shape ${formatShape(projected.shape)}, expected [time, batch, ${gates}·hidden]`,
    );
  }
  const spec: Spec = { shape: [projected.shape[0] as number, projected.shape[1] as number, hidden], dtype: "float32" };
  // the kernel reads batch-first rows where they are: what is permuted to time-major need not be copied
  const source = permutedRows(projected)?.source;
  const attributes = { cell, activation, batchFirst: source !== undefined };
  return apply(minimalGatesOp, { projected: source ?? projected }, attributes, { a: spec, b: spec });
}
