import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import type { Op, Slot } from "../../graph/op.ts";
import { formatShape, sameShape, stridesOf } from "../../graph/shape.ts";
import { apply, type Value } from "../../graph/value.ts";
import { checkOptions, flag, type KindsOf } from "../../options.ts";
import { requireFloat } from "../elementwise/float16.ts";
import { lowerCopy, lowerCopyPair, lowerFill } from "../layout/copy.ts";
import { reshape, slice } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { sum } from "../rows/reduce.ts";
import { lowerLstmBackward, lowerLstmForward } from "./lstm-kernels.ts";

/** Results of `lstm`: every step's output and the final states. */
export interface LstmResult {
  /** [T, B, H] */
  readonly outputs: Value;
  /** [B, H] */
  readonly h: Value;
  /** [B, H] */
  readonly c: Value;
}

export interface LstmOptions {
  /** From the last step to the first: h0 and c0 are the states behind the sequence, the final ones those of step 0. */
  readonly reverse?: boolean;
  /** b_hh [4H], where it is not part of `projected`: one dispatch less, but a sum of its own in the backward pass. */
  readonly biasHh?: Value;
}

const lstmKinds: KindsOf<LstmOptions> = { reverse: flag, biasHh: optionalValue };

interface Attributes {
  readonly reverse: boolean;
}

const shapesOf = (projected: Value) => {
  const [length, batch, gates] = projected.shape as [number, number, number];
  return { length, batch, hidden: gates / 4 };
};

/**
 * The recurrence of an LSTM over a whole sequence as one operation: a loop of one fused dispatch per step. It is an
 * operation of its own, not a `scan`, because its backward loop carries the gates' gradients rather than the hidden
 * state's, which fuses the matmul of step t + 1 with the gates of step t.
 *
 * Inputs: projected [T, B, 4H], weightHh [4H, H], h0 [B, H], c0 [B, H], biasHh [4H] or none.
 * Outputs: outputs [T, B, H], h [B, H], c [B, H]; for the backward pass hHistory and cHistory [T + 1, B, H] (slot 0,
 * or in reverse slot T, is the initial state) and the activated gates [T, B, 4H].
 */
const lstmOp: Op<Attributes> = {
  name: "lstm",
  gradient({ inputs, outputs, attributes: { reverse } }, [dOutputs, dH, dC], needed) {
    const [projected, weightHh, h0, c0, biasHh] = inputs as [Value, Value, Value, Value, Value?];
    const [, , , hHistory, cHistory, gates] = outputs as [Value, Value, Value, Value, Value, Value];
    const { length, batch, hidden } = shapesOf(projected);
    const given = [dOutputs, dH, dC];
    const [dProjected, dC0] = apply(
      lstmBackwardOp,
      [weightHh, gates, cHistory, ...given.filter((g) => g !== undefined)],
      { reverse, outputs: !!dOutputs, h: !!dH, c: !!dC },
      [projected, c0],
    ) as [Value, Value];
    // the states that the steps saw, and the step that comes first
    const seen = reverse ? slice(hHistory, 0, 1, length + 1) : slice(hHistory, 0, 0, length);
    const first = reverse ? slice(dProjected, 0, length - 1, length) : slice(dProjected, 0, 0, 1);
    const dW = () =>
      matmul(reshape(dProjected, [length * batch, 4 * hidden]), reshape(seen, [length * batch, hidden]), {
        transposeA: true,
      });
    const dH0 = () => matmul(reshape(first, [batch, 4 * hidden]), weightHh);
    return [
      dProjected,
      needed[1] ? dW() : undefined,
      h0 && needed[2] ? dH0() : undefined,
      c0 && needed[3] ? dC0 : undefined,
      biasHh && needed[4] ? sum(dProjected, [0, 1]) : undefined,
    ];
  },
  lower({ inputs, outputs, attributes: { reverse } }, to) {
    const [projected, weightHh, h0, c0, biasHh] = inputs.map((input) => to.stored(input)) as [
      Slot,
      Slot,
      Slot,
      Slot,
      Slot?,
    ];
    const [hs, h, c, hHistoryValue, cHistoryValue, gatesValue] = outputs as [Value, Value, Value, Value, Value, Value];
    const { length, batch, hidden } = shapesOf(inputs[0] as Value);
    const state = batch * hidden;
    const hHistory = to.output(hHistoryValue);
    const cHistory = to.output(cHistoryValue);
    const [start, end] = reverse ? [length * state, 0] : [0, length * state];
    const first = (history: Slot): Slot => ({ ...history, shape: [state], offset: history.offset + start });
    lowerCopyPair(to, [h0, first(hHistory)], [c0, first(cHistory)]);
    const problem = { length, batch, hidden, reverse };
    lowerLstmForward(to, problem, projected, weightHh, biasHh, hHistory, cHistory, to.output(gatesValue));
    to.alias(hs, { ...hHistory, shape: hs.shape, offset: hHistory.offset + (reverse ? 0 : state) });
    to.alias(h, { ...hHistory, shape: h.shape, offset: hHistory.offset + end });
    to.alias(c, { ...cHistory, shape: c.shape, offset: cHistory.offset + end });
  },
};

/** Which gradients arrive: of every output, of the final h, of the final c. */
interface Arriving extends Attributes {
  readonly outputs: boolean;
  readonly h: boolean;
  readonly c: boolean;
}

const lstmBackwardOp: Op<Arriving> = {
  name: "lstmBackward",
  lower({ inputs, outputs, attributes }, to) {
    const [weightHh, gates, cHistory, ...given] = inputs.map((input) => to.stored(input)) as [
      Slot,
      Slot,
      Slot,
      ...Slot[],
    ];
    const take = (present: boolean) => (present ? given.shift() : undefined);
    const [dOutputs, dH, dCLast] = [take(attributes.outputs), take(attributes.h), take(attributes.c)];
    const [dGates, dC] = outputs.map((output) => to.output(output)) as [Slot, Slot];
    const { length, batch, hidden } = shapesOf(outputs[0] as Value);
    if (dCLast) lowerCopy(to, dC.shape, dCLast, stridesOf(dC.shape), dC, stridesOf(dC.shape));
    else lowerFill(to, dC, 0);
    const problem = { length, batch, hidden, reverse: attributes.reverse };
    lowerLstmBackward(to, problem, weightHh, gates, cHistory, dOutputs, dH, dC, dGates);
  },
};

/**
 * LSTM recurrence without peepholes (Hochreiter and Schmidhuber 1997; forget gate by Gers et al. 2000), gates in
 * PyTorch's order i f g o: c = f·c₋₁ + i·g, h = o·tanh(c). `projected` [T, B, 4H] holds x·W_ihᵀ + b_ih + b_hh.
 * `weightHh` [4H, H] may be float16.
 */
export function lstm(projected: Value, weightHh: Value, h0: Value, c0: Value, options: LstmOptions = {}): LstmResult {
  checkOptions("lstm", options, lstmKinds);
  requireValues("lstm", { projected, weightHh, h0, c0 });
  const { reverse = false, biasHh } = options;
  requireFloat("lstm", "weightHh", weightHh);
  for (const [name, value] of Object.entries({ projected, h0, c0 })) {
    if (value.dtype !== "float32") throw new DtypeError(`lstm: ${name} is ${value.dtype}, expected float32`);
  }
  const { length, batch, hidden } = shapesOf(projected);
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
  if (biasHh && (biasHh.dtype !== "float32" || !sameShape(biasHh.shape, [4 * hidden]))) {
    throw new ShapeError(
      `lstm: biasHh is ${biasHh.dtype} ${formatShape(biasHh.shape)}, expected float32 [4·hidden] = [${4 * hidden}]`,
    );
  }
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const state = float(batch, hidden);
  const history = float(length + 1, batch, hidden);
  const [outputs, h, c] = apply(lstmOp, [projected, weightHh, h0, c0, ...(biasHh ? [biasHh] : [])], { reverse }, [
    float(length, batch, hidden),
    state,
    state,
    history,
    history,
    float(length, batch, 4 * hidden),
  ]) as [Value, Value, Value];
  return { outputs, h, c };
}
