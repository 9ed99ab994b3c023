import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import * as lstmKernels from "../../kernels/generated/recurrent-lstm.ts";
import { shared } from "../../kernels/generated/recurrent-lstm-shared.ts";
import { kernelSet } from "../../kernels/later.ts";
import { checkOptions, type KindsOf } from "../../options.ts";
import { requireFloat } from "../elementwise/float16.ts";
import { type RecurrenceOptions, recurrenceKinds } from "./options.ts";
import { recurrence } from "./recurrence.ts";
import { checkLengths } from "./reverse-sequence.ts";

/** Results of `lstm`: every step's output and the final states. */
export interface LstmResult {
  /** [T, B, H] */
  readonly outputs: Value;
  /** [B, H] */
  readonly h: Value;
  /** [B, H] */
  readonly c: Value;
}

/** Options of `lstm`. */
export interface LstmRecurrenceOptions extends RecurrenceOptions {
  /** b_hh [4H], where it is not part of `projected`: one dispatch less, but a sum of its own in the backward pass. */
  readonly biasHh?: Value;
}

const kernels = /* @__PURE__ */ kernelSet(
  lstmKernels,
  () => import("../../kernels/generated/recurrent-lstm-software.ts"),
  shared,
);

const lstmKinds: KindsOf<LstmRecurrenceOptions> = { ...recurrenceKinds, biasHh: optionalValue };

/**
 * LSTM recurrence without peepholes (Hochreiter and Schmidhuber 1997; forget gate by Gers et al. 2000), gates in
 * PyTorch's order i f g o: c = f·c₋₁ + i·g, h = o·tanh(c). `projected` [T, B, 4H] holds x·W_ihᵀ + b_ih + b_hh.
 * `weightHh` [4H, H] may be float16.
 *
 * @example
 * ```ts
 * import { lstm, matmul, type Value } from "seqgrad";
 *
 * // x [time, batch, features], h0 and c0 [batch, hidden] → every h, [time, batch, hidden]
 * const layer = (x: Value, weightIh: Value, weightHh: Value, h0: Value, c0: Value) =>
 *   lstm(matmul(x, weightIh, { transposeB: true }), weightHh, h0, c0).outputs;
 * ```
 */
export function lstm(
  projected: Value,
  weightHh: Value,
  h0: Value,
  c0: Value,
  options: LstmRecurrenceOptions = {},
): LstmResult {
  checkOptions("lstm", options, lstmKinds);
  requireValues("lstm", { projected, weightHh, h0, c0 });
  const { reverse = false, biasHh, lengths } = options;
  requireFloat("lstm", "weightHh", weightHh);
  for (const [name, value] of Object.entries({ projected, h0, c0 })) {
    if (value.dtype !== "float32") throw new DtypeError(`lstm: ${name} is ${value.dtype}, expected float32`);
  }
  const [, batch = 0, width = 0] = projected.shape;
  const hidden = width / 4;
  if (projected.rank !== 3 || !sameShape(weightHh.shape, [4 * hidden, hidden])) {
    throw new ShapeError(
      `lstm: projected inputs ${formatShape(projected.shape)} and weight_hh ${formatShape(weightHh.shape)} do not fit, expected [time, batch, 4·hidden] and [4·hidden, hidden]`,
    );
  }
  for (const [name, state] of [
    ["h0", h0],
    ["c0", c0],
  ] as const) {
    if (!sameShape(state.shape, [batch, hidden])) {
      throw new ShapeError(
        `lstm: ${name} has shape ${formatShape(state.shape)}, expected [batch, hidden] = [${batch}, ${hidden}]`,
      );
    }
  }
  if (lengths) checkLengths("lstm", lengths, batch);
  if (biasHh && (biasHh.dtype !== "float32" || !sameShape(biasHh.shape, [4 * hidden]))) {
    throw new ShapeError(
      `lstm: biasHh is ${biasHh.dtype} ${formatShape(biasHh.shape)}, expected float32 [4·hidden] = [${4 * hidden}]`,
    );
  }
  const { outputs, h, c } = recurrence(
    { projected, weightHh, h0, c0, biasHh, lengths },
    { cell: "lstm", reverse, kernels },
  );
  return { outputs, h, c: c as Value };
}
