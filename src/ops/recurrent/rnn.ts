import { DtypeError, ShapeError } from "../../errors.ts";
import { requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import * as rnnKernels from "../../kernels/generated/recurrent-rnn.ts";
import { shared } from "../../kernels/generated/recurrent-rnn-shared.ts";
import { kernelSet } from "../../kernels/later.ts";
import { checkOptions, type KindsOf, nonNegative, oneOf } from "../../options.ts";
import { requireFloat } from "../elementwise/float16.ts";
import { type RecurrenceOptions, recurrenceKinds } from "./options.ts";
import { recurrence } from "./recurrence.ts";
import { checkLengths } from "./reverse-sequence.ts";

/** Name of the activation function of `rnn`. */
export type RnnActivation = "tanh" | "relu" | "leaky_relu" | "sigmoid" | "identity";

/** Options of `rnn`. */
export interface RnnRecurrenceOptions extends RecurrenceOptions {
  /** `tanh` where absent. */
  readonly activation?: RnnActivation;
  /** Slope of `leaky_relu` on the negative side, at least 0; 0.01 where absent. */
  readonly negativeSlope?: number;
}

/** Results of `rnn` and `gru`: every step's output and the final state. */
export interface RecurrentResult {
  /** [T, B, H] */
  readonly outputs: Value;
  /** [B, H] */
  readonly h: Value;
}

const ACTIVATIONS: readonly RnnActivation[] = ["tanh", "relu", "leaky_relu", "sigmoid", "identity"];

export const hasRnnKernels = (activation: unknown): activation is RnnActivation =>
  (ACTIVATIONS as readonly unknown[]).includes(activation);

const kernels = /* @__PURE__ */ kernelSet(
  rnnKernels,
  () => import("../../kernels/generated/recurrent-rnn-software.ts"),
  shared,
);

const rnnKinds: KindsOf<RnnRecurrenceOptions> = {
  activation: oneOf(...ACTIVATIONS),
  negativeSlope: nonNegative,
  ...recurrenceKinds,
};

/**
 * Elman recurrence (1990), as PyTorch's: h_t = act(projected_t + h_{t-1} · W_hhᵀ). `projected` [T, B, H] holds
 * x · W_ihᵀ + b_ih + b_hh.
 */
export function rnn(projected: Value, weightHh: Value, h0: Value, options: RnnRecurrenceOptions = {}): RecurrentResult {
  checkOptions("rnn", options, rnnKinds);
  const { activation = "tanh", negativeSlope = 0.01, reverse = false, lengths } = options;
  checkRecurrence("rnn", 1, projected, weightHh, h0, lengths);
  return recurrence({ projected, weightHh, h0, lengths }, { cell: "rnn", reverse, activation, negativeSlope, kernels });
}

/** Checks the operands that `rnn` and `gru` share; `gates` blocks of H rows make up the weight. */
export function checkRecurrence(
  op: string,
  gates: number,
  projected: Value,
  weightHh: Value,
  h0: Value,
  lengths: Value | undefined,
): void {
  requireValues(op, { projected, weightHh, h0 });
  const times = gates === 1 ? "" : `${gates}·`;
  requireFloat(op, "weight_hh", weightHh);
  for (const [name, value] of Object.entries({ projected, h0 })) {
    if (value.dtype !== "float32") throw new DtypeError(`${op}: ${name} is ${value.dtype}, expected float32`);
  }
  const [, batch = 0, width = 0] = projected.shape;
  if (projected.rank !== 3 || width % gates !== 0) {
    throw new ShapeError(
      `${op}: projected inputs have shape ${formatShape(projected.shape)}, expected [time, batch, ${times}hidden]; project x by weight_ih, time first`,
    );
  }
  const hidden = width / gates;
  if (!sameShape(weightHh.shape, [width, hidden])) {
    throw new ShapeError(
      `${op}: weight_hh has shape ${formatShape(weightHh.shape)}, expected [${times}hidden, hidden] = [${width}, ${hidden}] for projected inputs ${formatShape(projected.shape)}; use PyTorch's layout`,
    );
  }
  if (!sameShape(h0.shape, [batch, hidden])) {
    throw new ShapeError(
      `${op}: h0 has shape ${formatShape(h0.shape)}, expected [batch, hidden] = [${batch}, ${hidden}]; give each sequence its state`,
    );
  }
  if (lengths) checkLengths(op, lengths, batch);
}
