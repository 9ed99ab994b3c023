import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import type { Op, Slot } from "../../graph/op.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import { apply, type Value } from "../../graph/value.ts";
import { checkOptions, type KindsOf, nonNegative, oneOf } from "../../options.ts";
import { add } from "../elementwise/elementwise.ts";
import { requireFloat } from "../elementwise/float16.ts";
import { lowerCopy } from "../layout/copy.ts";
import { reshape, slice } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { ofEmptyRows } from "./lengths.ts";
import { checkLengths, lengthsRange, lowerMaskSteps } from "./reverse-sequence.ts";
import { lowerRnnBackward, lowerRnnForward, type RnnActivation, type RnnProblem } from "./rnn-kernels.ts";

export type { RnnActivation } from "./rnn-kernels.ts";

export interface RnnOptions {
  /** `tanh` where absent. */
  readonly activation?: RnnActivation;
  /** Slope of `leaky_relu` on the negative side, at least 0; 0.01 where absent. */
  readonly negativeSlope?: number;
  /**
   * int32 [B], each from 0 to T: how many steps each row has. After them its output is zero and its state stays; the final
   * state is the one after its own last step, of a row without steps the initial one.
   */
  readonly lengths?: Value;
}

/** Results of `rnn` and `gru`: every step's output and the final state. */
export interface RecurrentResult {
  /** [T, B, H] */
  readonly outputs: Value;
  /** [B, H] */
  readonly h: Value;
}

const ACTIVATIONS: readonly RnnActivation[] = ["tanh", "relu", "leaky_relu", "sigmoid", "identity"];

const rnnKinds: KindsOf<RnnOptions> = {
  activation: oneOf(...ACTIVATIONS),
  negativeSlope: nonNegative,
  lengths: optionalValue,
};

type Attributes = Pick<RnnProblem, "activation" | "negativeSlope">;

const sizesOf = ({ shape }: Value) => {
  const [length, batch, hidden] = shape as readonly [number, number, number];
  return { length, batch, hidden };
};

/**
 * The recurrence of an Elman net over a whole sequence as one operation: a loop of one fused dispatch per step, each way.
 *
 * Inputs: projected [T, B, H], weightHh [H, H], h0 [B, H], lengths [B] or none.
 * Outputs: outputs [T, B, H], h [B, H]; for the backward pass hHistory [T + 1, B, H] (step 0 is the initial state).
 */
const rnnOp: Op<Attributes> = {
  name: "rnn",
  gradient({ inputs, outputs, attributes }, [dOutputs, dH], needed) {
    const [projected, weightHh, , lengths] = inputs as [Value, Value, Value, Value?];
    const hHistory = outputs[2] as Value;
    const { length, batch, hidden } = sizesOf(projected);
    const given = [dOutputs, dH, lengths].filter((value) => value !== undefined);
    const arriving = { ...attributes, outputs: !!dOutputs, h: !!dH };
    const [dPre] = apply(rnnBackwardOp, [weightHh, hHistory, ...given], arriving, [projected]) as [Value];
    const dWeight = () =>
      matmul(
        reshape(dPre, [length * batch, hidden]),
        reshape(slice(hHistory, 0, 0, length), [length * batch, hidden]),
        { transposeA: true },
      );
    const dH0 = () => {
      const throughStep = matmul(reshape(slice(dPre, 0, 0, 1), [batch, hidden]), weightHh);
      // of a row without steps the final state is the initial one
      return lengths && dH ? add(throughStep, ofEmptyRows(dH, lengths)) : throughStep;
    };
    return [dPre, needed[1] ? dWeight() : undefined, needed[2] ? dH0() : undefined];
  },
  ranges: ({ inputs }) => (inputs[3] ? [lengthsRange(3, (inputs[0] as Value).shape[0] as number)] : []),
  lower({ inputs, outputs, attributes }, to) {
    const [projected, weightHh, h0, lengths] = inputs.map((input) => to.stored(input)) as [Slot, Slot, Slot, Slot?];
    const [hsValue, hValue, historyValue] = outputs as [Value, Value, Value];
    const sizes = sizesOf(inputs[0] as Value);
    const size = sizes.batch * sizes.hidden;
    const hHistory = to.output(historyValue);
    lowerCopy(to, [size], h0, [1], hHistory, [1]);
    lowerRnnForward(to, { ...sizes, ...attributes }, projected, weightHh, hHistory, lengths);
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

const rnnBackwardOp: Op<Arriving> = {
  name: "rnnBackward",
  lower({ inputs, outputs, attributes }, to) {
    const [weightHh, hHistory, ...given] = inputs.map((input) => to.stored(input)) as [Slot, Slot, ...Slot[]];
    const dOutputs = attributes.outputs ? given.shift() : undefined;
    const dH = attributes.h ? given.shift() : undefined;
    const dPre = outputs[0] as Value;
    const problem = { ...sizesOf(dPre), ...attributes };
    lowerRnnBackward(to, problem, weightHh, hHistory, dOutputs, dH, given[0], to.output(dPre));
  },
};

/**
 * Elman recurrence (1990), as PyTorch's: h_t = act(projected_t + h_{t-1} · W_hhᵀ). `projected` [T, B, H] holds
 * x · W_ihᵀ + b_ih + b_hh.
 */
export function rnn(projected: Value, weightHh: Value, h0: Value, options: RnnOptions = {}): RecurrentResult {
  checkOptions("rnn", options, rnnKinds);
  const { activation = "tanh", negativeSlope = 0.01, lengths } = options;
  checkRecurrence("rnn", 1, projected, weightHh, h0, lengths);
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const { length, batch, hidden } = sizesOf(projected);
  const inputs = [projected, weightHh, h0, ...(lengths ? [lengths] : [])];
  const specs = [float(length, batch, hidden), float(batch, hidden), float(length + 1, batch, hidden)];
  const [outputs, h] = apply(rnnOp, inputs, { activation, negativeSlope }, specs) as [Value, Value];
  return { outputs, h };
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
