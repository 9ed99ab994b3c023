import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { hasRnnKernels, rnn } from "../../ops/recurrent/rnn.ts";
import { type KindsOf, nonNegative, positive } from "../../options.ts";
import { type Activation, activationKind } from "./activations.ts";
import { type BuiltInCell, inputBias } from "./cell.ts";
import { type CellOptions, cellKinds } from "./options.ts";
import { stepwise } from "./stepwise-later.ts";
import { UnitPadding } from "./unit-padding.ts";

/** Options of `RNNCell`, and of `RNN`, whose directions may have activations of their own. */
export interface RNNCellOptions<A = Activation> extends CellOptions {
  /** tanh unless given. */
  readonly activation?: A;
  /** Of leaky_relu, at least 0; 0.01 unless given. */
  readonly negativeSlope?: number;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of what goes into the activation (ONNX's `clip`). */
  readonly gateClip?: number;
}

export const rnnCellKinds: KindsOf<RNNCellOptions> = {
  ...cellKinds,
  activation: activationKind,
  negativeSlope: nonNegative,
  hardSigmoidSlope: positive,
  gateClip: positive,
};

/** h' = act(x + W_hh·h) (Elman 1990), where x holds the input's part and the biases. */
export function rnnCell(hidden: number, options: RNNCellOptions): BuiltInCell<"h"> {
  const { activation = "tanh", negativeSlope = 0.01, gateClip } = options;
  const cell: BuiltInCell<"h"> = {
    gates: 1,
    states: { h: hidden },
    hasOneRound: true,
    step({ x, states: { h }, weight }) {
      const { activate, bounded } = stepwise.needed;
      return { states: { h: activate(activation, bounded(add(linear(h, weight), x), gateClip), options) } };
    },
  };
  if (typeof activation !== "string" || !hasRnnKernels(activation) || gateClip !== undefined) return cell;
  return {
    ...cell,
    kernels({ sequence, initial: [h0], lengths, reverse, weights }) {
      const [length, batch] = sequence.shape as [number, number];
      const units = new UnitPadding({ length, batch, hidden, gates: 1 });
      const bias = inputBias(cell, weights);
      const { outputs, h } = rnn(
        linear(sequence, units.rows(weights.ih), bias && units.rows(bias)),
        units.columns(units.rows(weights.hh)),
        units.columns(h0 as Value),
        { activation, negativeSlope, reverse, ...(lengths ? { lengths } : {}) },
      );
      return { outputs: units.cut(outputs), finals: [units.cut(h)] };
    },
  };
}
