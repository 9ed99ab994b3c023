import { UnsupportedError } from "../../errors.ts";
import { isTraining } from "../../graph/mode.ts";
import type { Initializer } from "../../graph/parameter.ts";
import type { Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { lstm } from "../../ops/recurrent/lstm.ts";
import { count, either, finite, flag, type KindsOf, nested, nonNegative, oneOf, positive } from "../../options.ts";
import { constant, zero } from "../initializers.ts";
import { activationKind } from "./activations.ts";
import { type BuiltInCell, type CellParameter, inputBias, type KernelRun } from "./cell.ts";
import { type LSTMCellOptions, type LSTMNormOptions, normOf } from "./lstm-options.ts";
import { cellKinds, type DirectionResult } from "./options.ts";
import { stepwise } from "./stepwise-later.ts";
import { UnitPadding } from "./unit-padding.ts";

export const lstmCellKinds: KindsOf<LSTMCellOptions> = {
  ...cellKinds,
  forgetBias: finite,
  peephole: either(flag, oneOf("full")),
  projectionSize: count,
  layerNorm: either(flag, nested<LSTMNormOptions>({ epsilon: nonNegative, carry: flag })),
  gateActivation: activationKind,
  activation: activationKind,
  outputActivation: activationKind,
  hardSigmoidSlope: positive,
  cellClip: positive,
  gateClip: positive,
  coupleForget: flag,
};

/** Options with the bias of the forget gate among the initializers. */
export function withForgetBias<O extends LSTMCellOptions<unknown>>(options: O): O {
  const { forgetBias, singleBias, initializers } = options;
  if (forgetBias === undefined) return options;
  // two biases add up, so each starts with half
  const start = forgetBias / (singleBias ? 1 : 2);
  const bias = ([rows = 0]: Shape): Initializer => ({
    kind: "host",
    make: () => Float32Array.from({ length: rows }, (_, i) => (Math.floor((4 * i) / rows) === 1 ? start : 0)),
  });
  return { ...options, initializers: { bias, ...initializers } };
}

/**
 * c' = f·c + i·g, h' = o·tanh(c'), gates in the order i f g o; see the options for what may differ. Further parameters:
 * `weight_peephole` [3·hidden] (full: [3·hidden, hidden]) in the order i f o, `weight_hr` [projectionSize, hidden], and where layers
 * are normalised `norm_ih_weight`, `norm_hh_weight` [4·hidden], `norm_c_weight`, `norm_c_bias` [hidden].
 */
export function lstmCell(kind: string, hidden: number, options: LSTMCellOptions): BuiltInCell<"h" | "c"> {
  const { gateActivation = "sigmoid", activation = "tanh", outputActivation = activation } = options;
  const { cellClip, gateClip, coupleForget, peephole, projectionSize } = options;
  if (projectionSize !== undefined && projectionSize >= hidden) {
    throw new UnsupportedError(`${kind}: projectionSize is ${projectionSize}, expected less than hiddenSize ${hidden}`);
  }
  const norm = normOf(options);
  const isPlain =
    !(peephole || projectionSize || norm || coupleForget || cellClip || gateClip) &&
    gateActivation === "sigmoid" &&
    activation === "tanh" &&
    outputActivation === "tanh";
  return {
    gates: 4,
    states: { h: projectionSize ?? hidden, c: hidden },
    parameters: ownParameters(hidden, options),
    ...(norm && {
      input: (product, own) => stepwise.needed.layerNorm(product, own.norm_ih_weight, undefined, norm.epsilon),
    }),
    hasOneRound: !norm && !projectionSize && peephole !== "full",
    kernels: isPlain ? (run) => runKernels(hidden, run) : undefined,
    step: (given) => stepwise.needed.lstmStep(options, given),
  };
}

function ownParameters(hidden: number, options: LSTMCellOptions): Record<string, CellParameter> {
  const { peephole, projectionSize } = options;
  const ones = constant(1);
  return {
    ...(projectionSize === undefined ? {} : { weight_hr: { shape: [projectionSize, hidden] } }),
    ...(peephole ? { weight_peephole: { shape: peephole === "full" ? [3 * hidden, hidden] : [3 * hidden] } } : {}),
    ...(normOf(options)
      ? {
          norm_ih_weight: { shape: [4 * hidden], start: ones },
          norm_hh_weight: { shape: [4 * hidden], start: ones },
          norm_c_weight: { shape: [hidden], start: ones },
          norm_c_bias: { shape: [hidden], start: zero },
        }
      : {}),
  };
}

function runKernels(hidden: number, { sequence, initial, lengths, reverse, weights }: KernelRun): DirectionResult {
  // in training their sum is the cheaper one: both biases have one gradient
  const apart = isTraining() ? undefined : weights.biasHh;
  const bias = inputBias({ addsBias: apart !== undefined }, weights);
  const [length, batch] = sequence.shape as [number, number];
  const units = new UnitPadding({ length, batch, hidden, gates: 4 });
  const projected = linear(sequence, units.rows(weights.ih), bias && units.rows(bias));
  const [h0, c0] = initial.map((state) => units.columns(state)) as [Value, Value];
  const { outputs, h, c } = lstm(projected, units.columns(units.rows(weights.hh)), h0, c0, {
    reverse,
    ...(apart ? { biasHh: units.rows(apart) } : {}),
    ...(lengths ? { lengths } : {}),
  });
  return { outputs: units.cut(outputs), finals: [units.cut(h), units.cut(c)] };
}
