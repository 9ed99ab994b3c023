import { DtypeError, ShapeError, UnsupportedError } from "../../errors.ts";
import { allowValues, optionalValue } from "../../graph/arguments.ts";
import type { Op, Slot } from "../../graph/op.ts";
import { formatShape, sameShape, stridesOf } from "../../graph/shape.ts";
import { apply, type Value } from "../../graph/value.ts";
import { checkOptions, flag, type KindsOf } from "../../options.ts";
import { add } from "../elementwise/elementwise.ts";
import { lowerCopy, lowerFill } from "../layout/copy.ts";
import { concat, reshape, slice } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { sum } from "../rows/reduce.ts";
import { lowerGruBackward, lowerGruForward } from "./gru-kernels.ts";
import { lengthsRange, lowerMaskSteps } from "./reverse-sequence.ts";
import { checkRecurrence, type RecurrentResult } from "./rnn.ts";

export interface GruOptions {
  /**
   * Which of the two GRUs. `true` (default; PyTorch, cuDNN, Keras with reset_after): n = tanh(p_n + r ∘ (h · W_nᵀ + b_hn)).
   * `false` (Cho et al. 2014; ONNX with linear_before_reset = 0): n = tanh(p_n + (r ∘ h) · W_nᵀ).
   */
  readonly resetAfter?: boolean;
  /**
   * int32 [B], each from 0 to T: how many steps each row has. After them its output is zero and its state stays; the final
   * state is the one after its own last step, of a row without steps the initial one.
   */
  readonly lengths?: Value;
}

const gruKinds: KindsOf<GruOptions> = { resetAfter: flag, lengths: optionalValue };

interface Attributes {
  readonly resetAfter: boolean;
  readonly bias: boolean;
  readonly lengths: boolean;
}

const sizesOf = ({ shape }: Value) => {
  const [length, batch, gates] = shape as readonly [number, number, number];
  return { length, batch, hidden: gates / 3 };
};

/** Optional inputs follow the others in the order bias, lengths. */
function named<T>(inputs: readonly T[], { bias, lengths }: Attributes) {
  const [projected, weightHh, h0, ...rest] = inputs as [T, T, T, ...T[]];
  const biasHh = bias ? rest.shift() : undefined;
  return { projected, weightHh, h0, biasHh, lengths: lengths ? rest.shift() : undefined };
}

/**
 * The recurrence of a GRU over a whole sequence as one operation: a loop of one fused dispatch per step, each way.
 *
 * Inputs: projected [T, B, 3H], weightHh [3H, H], h0 [B, H], biasHh [3H] or none, lengths [B] or none.
 * Outputs: outputs [T, B, H], h [B, H]; for the backward pass hHistory [T + 1, B, H] (step 0 is the initial state) and the
 * gates [T, B, 4H]: r z n, and h · W_nᵀ + b_hn or r ∘ h.
 */
const gruOp: Op<Attributes> = {
  name: "gru",
  gradient({ inputs, outputs, attributes }, [dOutputs, dHLast], needed) {
    const { projected, weightHh, h0, lengths } = named(inputs, attributes);
    const [, , hHistory, gates] = outputs as [Value, Value, Value, Value];
    const { length, batch, hidden } = sizesOf(projected);
    const given = [dOutputs, dHLast, lengths].filter((value) => value !== undefined);
    const [dProjected, dDirect, dHidden] = apply(
      gruBackwardOp,
      [weightHh, hHistory, gates, ...given],
      { ...attributes, outputs: !!dOutputs, h: !!dHLast },
      [projected, h0, ...(attributes.resetAfter ? [projected] : [])],
    ) as [Value, Value, Value?];

    const rows = (x: Value) => reshape(x, [length * batch, x.shape[2] as number]);
    const states = () => rows(slice(hHistory, 0, 0, length));
    const part = (x: Value, from: number, to: number) => slice(x, x.rank - 1, from * hidden, to * hidden);
    const dWeight = () => {
      if (dHidden) return matmul(rows(dHidden), states(), { transposeA: true });
      // r and z saw the state, the candidate saw r ∘ h
      const dGates = matmul(rows(part(dProjected, 0, 2)), states(), { transposeA: true });
      const dCandidate = matmul(rows(part(dProjected, 2, 3)), rows(part(gates, 3, 4)), { transposeA: true });
      return concat([dGates, dCandidate]);
    };
    const dH0 = () => {
      if (dHidden) return add(dDirect, matmul(reshape(slice(dHidden, 0, 0, 1), [batch, 3 * hidden]), weightHh));
      const first = reshape(slice(dProjected, 0, 0, 1), [batch, 3 * hidden]);
      return add(dDirect, matmul(part(first, 0, 2), slice(weightHh, 0, 0, 2 * hidden)));
    };
    const dBias = () => dHidden && sum(dHidden, [0, 1]);
    return [
      dProjected,
      needed[1] ? dWeight() : undefined,
      needed[2] ? dH0() : undefined,
      attributes.bias && needed[3] ? dBias() : undefined,
    ];
  },
  ranges({ inputs }) {
    // lengths come last where they are given
    const last = inputs.length - 1;
    const given = (inputs[last] as Value).dtype === "int32";
    return given ? [lengthsRange(last, (inputs[0] as Value).shape[0] as number)] : [];
  },
  lower({ inputs, outputs, attributes }, to) {
    const slots = inputs.map((input) => to.stored(input));
    const { projected, weightHh, h0, biasHh, lengths } = named(slots, attributes);
    const [hsValue, hValue, historyValue, gatesValue] = outputs as [Value, Value, Value, Value];
    const sizes = sizesOf(inputs[0] as Value);
    const size = sizes.batch * sizes.hidden;
    const problem = { ...sizes, resetAfter: attributes.resetAfter };
    const hHistory = to.output(historyValue);
    lowerCopy(to, [size], h0, [1], hHistory, [1]);
    lowerGruForward(to, problem, projected, weightHh, biasHh, hHistory, to.output(gatesValue), lengths);
    const steps = { ...hHistory, shape: hsValue.shape, offset: hHistory.offset + size };
    if (lengths) lowerMaskSteps(to, steps, lengths, to.output(hsValue));
    else to.alias(hsValue, steps);
    to.alias(hValue, { ...hHistory, shape: hValue.shape, offset: hHistory.offset + sizes.length * size });
  },
};

/** Which gradients arrive: of every output, of the final h. */
interface Arriving extends Attributes {
  readonly outputs: boolean;
  readonly h: boolean;
}

/** Outputs: dProjected [T, B, 3H]; [B, H] of h0 past the matmul; reset after: dHidden [T, B, 3H]. */
const gruBackwardOp: Op<Arriving> = {
  name: "gruBackward",
  lower({ inputs, outputs, attributes }, to) {
    const [weightHh, hHistory, gates, ...given] = inputs.map((input) => to.stored(input)) as [
      Slot,
      Slot,
      Slot,
      ...Slot[],
    ];
    const dHs = attributes.outputs ? given.shift() : undefined;
    const dHLast = attributes.h ? given.shift() : undefined;
    const [dProjected, dH, dHidden] = outputs.map((output) => to.output(output)) as [Slot, Slot, Slot?];
    const strides = stridesOf(dH.shape);
    if (dHLast) lowerCopy(to, dH.shape, dHLast, strides, dH, strides);
    else lowerFill(to, dH, 0);
    const problem = { ...sizesOf(outputs[0] as Value), resetAfter: attributes.resetAfter };
    lowerGruBackward(to, problem, weightHh, hHistory, gates, given[0], { dHs, dH, dProjected, dHidden });
  },
};

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
  options: GruOptions = {},
): RecurrentResult {
  checkOptions("gru", options, gruKinds);
  allowValues("gru", { biasHh });
  const { resetAfter = true, lengths } = options;
  checkRecurrence("gru", 3, projected, weightHh, h0, lengths);
  const { length, batch, hidden } = sizesOf(projected);
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
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const [outputs, h] = apply(
    gruOp,
    [projected, weightHh, h0, ...(biasHh ? [biasHh] : []), ...(lengths ? [lengths] : [])],
    { resetAfter, bias: !!biasHh, lengths: !!lengths },
    [
      float(length, batch, hidden),
      float(batch, hidden),
      float(length + 1, batch, hidden),
      float(length, batch, 4 * hidden),
    ],
  ) as [Value, Value];
  return { outputs, h };
}
