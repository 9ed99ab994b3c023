import { DtypeError, ShapeError, UnsupportedError } from "../../errors.ts";
import { allowValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import * as gruKernels from "../../kernels/generated/recurrent-gru.ts";
import * as gruBeforeKernels from "../../kernels/generated/recurrent-gru_before.ts";
import { shared as sharedBefore } from "../../kernels/generated/recurrent-gru_before-shared.ts";
import { shared as sharedAfter } from "../../kernels/generated/recurrent-gru-shared.ts";
import { kernelSet } from "../../kernels/later.ts";
import { checkOptions, flag, type KindsOf } from "../../options.ts";
import { type RecurrenceOptions, recurrenceKinds } from "./options.ts";
import { recurrence } from "./recurrence.ts";
import { checkRecurrence, type RecurrentResult } from "./rnn.ts";

/** Options of `gru`. */
export interface GruRecurrenceOptions extends RecurrenceOptions {
  /**
   * Which of the two GRUs. `true` (default; PyTorch, cuDNN, Keras with reset_after): n = tanh(p_n + r ∘ (h · W_nᵀ + b_hn)).
   * `false` (Cho et al. 2014; ONNX with linear_before_reset = 0): n = tanh(p_n + (r ∘ h) · W_nᵀ).
   */
  readonly resetAfter?: boolean;
}

const kernelsAfter = /* @__PURE__ */ kernelSet(
  gruKernels,
  () => import("../../kernels/generated/recurrent-gru-software.ts"),
  sharedAfter,
);
const kernelsBefore = /* @__PURE__ */ kernelSet(
  gruBeforeKernels,
  () => import("../../kernels/generated/recurrent-gru_before-software.ts"),
  sharedBefore,
);

const gruKinds: KindsOf<GruRecurrenceOptions> = { ...recurrenceKinds, resetAfter: flag };

/**
 * GRU recurrence (Cho et al. 2014), gates in PyTorch's order r z n: r = σ(p_r + h · W_rᵀ), z = σ(p_z + h · W_zᵀ),
 * h' = (1 − z) ∘ n + z ∘ h, with n by `resetAfter`. `projected` [T, B, 3H] holds p_r p_z p_n = x · W_ihᵀ + b_ih, and b_hh
 * too where the reset comes before the matmul. Where it comes after, r multiplies b_hn, so that `biasHh` [3H] is an operand of
 * its own: it is added to h · W_hhᵀ, that is to what r and z are taken of as well. `weightHh` [3H, H] may be float16.
 */
export function gru(
  projected: Value,
  weightHh: Value,
  biasHh: Value | undefined,
  h0: Value,
  options: GruRecurrenceOptions = {},
): RecurrentResult {
  checkOptions("gru", options, gruKinds);
  allowValues("gru", { biasHh });
  const { resetAfter = true, reverse = false, lengths } = options;
  checkRecurrence("gru", 3, projected, weightHh, h0, lengths);
  const hidden = weightHh.shape[1] as number;
  if (biasHh) {
    if (!resetAfter) {
      throw new UnsupportedError(
        "gru: bias_hh is given with resetAfter false, expected none; add it to projected, as both biases of n simply add there",
      );
    }
    if (biasHh.dtype !== "float32") throw new DtypeError(`gru: bias_hh is ${biasHh.dtype}, expected float32`);
    if (!sameShape(biasHh.shape, [3 * hidden])) {
      throw new ShapeError(
        `gru: bias_hh has shape ${formatShape(biasHh.shape)}, expected [3·hidden] = [${3 * hidden}]; give b_hr, b_hz and b_hn`,
      );
    }
  }
  const cell = resetAfter ? "gru" : "gru_before";
  const kernels = resetAfter ? kernelsAfter : kernelsBefore;
  return recurrence({ projected, weightHh, h0, biasHh, lengths }, { cell, reverse, kernels });
}
