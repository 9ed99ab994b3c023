import { UnsupportedError } from "../../errors.ts";
import { isTraining } from "../../graph/mode.ts";
import type { Initializer } from "../../graph/parameter.ts";
import type { Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { split } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { lstm } from "../../ops/recurrent/lstm.ts";
import { layerNorm } from "../../ops/rows/norm.ts";
import { count, either, finite, flag, type KindsOf, nested, nonNegative, oneOf, positive } from "../../options.ts";
import { constant, zero } from "../initializers.ts";
import { type Activation, activate, activationKind, bounded } from "./activations.ts";
import { type BuiltInCell, type CellParameter, inputBias, type KernelRun } from "./cell.ts";
import { type CellOptions, cellKinds, type DirectionResult } from "./options.ts";
import { UnitPadding } from "./unit-padding.ts";

/** Options of an LSTM's layer norm. */
export interface LSTMNormOptions {
  /** Added to variances; 1e-5 unless given. */
  readonly epsilon?: number;
  /** The cell state is carried on as it was normalised, not as it was before; false. */
  readonly carry?: boolean;
}

/** Options of `LSTMCell`, and of `LSTM`, whose directions may have activations of their own. */
export interface LSTMCellOptions<A = Activation> extends CellOptions {
  /** Initial bias of the forget gate; all other biases start at 0 then (1: Gers et al. 2000; Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
  /**
   * Input and forget gate see the cell state of the step before, the output gate the new one: each unit its own (true), or all
   * of them by matrices (`full`).
   */
  readonly peephole?: boolean | "full";
  /** Size to which h is projected, as PyTorch's `proj_size` (Sak et al. 2014). */
  readonly projectionSize?: number;
  /** Normalise the input's part, the recurrent part and the cell state (Ba et al. 2016). */
  readonly layerNorm?: boolean | LSTMNormOptions;
  /** Of input, forget and output gate; "sigmoid". */
  readonly gateActivation?: A;
  /** Of the candidate; "tanh". */
  readonly activation?: A;
  /** Of the cell state in the output; that of the candidate unless given. */
  readonly outputActivation?: A;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of the cell state. */
  readonly cellClip?: number;
  /** Bound of what goes into the activations of the gates (ONNX's `clip`). */
  readonly gateClip?: number;
  /** f = 1 − i (Greff et al. 2017). */
  readonly coupleForget?: boolean;
}

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
  const { cellClip, gateClip, coupleForget = false, peephole = false, projectionSize } = options;
  if (projectionSize !== undefined && projectionSize >= hidden) {
    throw new UnsupportedError(`${kind}: projectionSize is ${projectionSize}, expected less than hiddenSize ${hidden}`);
  }
  const { epsilon = undefined, carry = false } = typeof options.layerNorm === "object" ? options.layerNorm : {};
  const isNormalized = options.layerNorm !== undefined && options.layerNorm !== false;
  const isPlain =
    !(peephole || projectionSize || isNormalized || coupleForget || cellClip || gateClip) &&
    gateActivation === "sigmoid" &&
    activation === "tanh" &&
    outputActivation === "tanh";
  const see = (state: Value, weight: Value) => (peephole === "full" ? linear(state, weight) : mul(state, weight));
  const gate = (x: Value, state: Value, weight: Value | undefined) =>
    activate(gateActivation, bounded(weight ? add(x, see(state, weight)) : x, gateClip), options);
  return {
    gates: 4,
    states: { h: projectionSize ?? hidden, c: hidden },
    parameters: ownParameters(hidden, options, isNormalized),
    ...(isNormalized ? { input: (product, own) => layerNorm(product, own.norm_ih_weight, undefined, epsilon) } : {}),
    kernels: isPlain ? (run) => runKernels(hidden, run) : undefined,
    step({ x, states: { h, c }, weight, own }) {
      const recurrent = linear(h, weight);
      const z = add(isNormalized ? layerNorm(recurrent, own.norm_hh_weight, undefined, epsilon) : recurrent, x);
      const [zi, zf, zg, zo] = split(z, 4, 1);
      const [wi, wf, wo] = own.weight_peephole ? split(own.weight_peephole, 3) : [];
      const i = gate(zi, c, wi);
      const f = coupleForget ? sub(1, i) : gate(zf, c, wf);
      const g = activate(activation, bounded(zg, gateClip), options);
      const sum = bounded(add(mul(f, c), mul(i, g)), cellClip);
      const seen = isNormalized ? layerNorm(sum, own.norm_c_weight, own.norm_c_bias, epsilon) : sum;
      const next = carry ? seen : sum;
      const o = gate(zo, next, wo);
      const out = mul(o, activate(outputActivation, seen, options));
      return { states: { h: own.weight_hr ? linear(out, own.weight_hr) : out, c: next }, gates: { i, f, g, o } };
    },
  };
}

function ownParameters(
  hidden: number,
  { peephole, projectionSize }: LSTMCellOptions,
  isNormalized: boolean,
): Record<string, CellParameter> {
  const ones = constant(1);
  return {
    ...(projectionSize === undefined ? {} : { weight_hr: { shape: [projectionSize, hidden] } }),
    ...(peephole ? { weight_peephole: { shape: peephole === "full" ? [3 * hidden, hidden] : [3 * hidden] } } : {}),
    ...(isNormalized
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
