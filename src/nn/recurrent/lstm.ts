import { UnsupportedError } from "../../errors.ts";
import { isTraining } from "../../graph/mode.ts";
import { type Initializer, Parameter } from "../../graph/parameter.ts";
import type { DefaultedNamedSpec, DefaultedSpec, Extent, Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { lstm } from "../../ops/recurrent/lstm.ts";
import { layerNorm } from "../../ops/rows/norm.ts";
import { checkOptions, count, finite, flag, type KindsOf, positive } from "../../options.ts";
import { constant, zero } from "../initializers.ts";
import { type Activation, activationKind, lstmStep } from "./cells.ts";
import { RecurrentLayer } from "./layer.ts";
import {
  type DirectionInput,
  type DirectionResult,
  type LayerTrace,
  type RecurrentOptions,
  recurrentKinds,
  type SequenceOptions,
} from "./options.ts";
import { runSteps } from "./steps.ts";
import { UnitPadding } from "./unit-padding.ts";

/** Hidden and cell states of all layers and directions: each [numLayers·directions, batch, size]. */
export interface LSTMState<T = Value> {
  /** Hidden states; of `projectionSize` features where there is one. */
  readonly h: T;
  /** Cell states. */
  readonly c: T;
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** Initial bias of the forget gate; all other biases start at 0 then (1: Gers et al. 2000; Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
  /** Input and forget gate see the cell state of the step before, the output gate the new one. */
  readonly peephole?: boolean;
  /** Size to which h is projected, as PyTorch's `proj_size` (Sak et al. 2014). */
  readonly projectionSize?: number;
  /** Normalise the input's part, the recurrent part and the cell state (Ba et al. 2016). */
  readonly layerNorm?: boolean;
  /** Of input, forget and output gate; "sigmoid". */
  readonly gateActivation?: Activation;
  /** Of the candidate; "tanh". */
  readonly activation?: Activation;
  /** Of the cell state in the output; that of the candidate unless given. */
  readonly outputActivation?: Activation;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of the cell state. */
  readonly cellClip?: number;
  /** Bound of what goes into the activations of the gates (ONNX's `clip`). */
  readonly gateClip?: number;
  /** f = 1 − i. */
  readonly coupleForget?: boolean;
}

const lstmKinds: KindsOf<LSTMOptions> = {
  ...recurrentKinds,
  forgetBias: finite,
  peephole: flag,
  projectionSize: count,
  layerNorm: flag,
  gateActivation: activationKind,
  activation: activationKind,
  outputActivation: activationKind,
  hardSigmoidSlope: positive,
  cellClip: positive,
  gateClip: positive,
  coupleForget: flag,
};

/**
 * LSTM layers: [batch, time, inputSize] → [batch, time, outputSize]. Gates in the order i f g o. Without the options that
 * change the cell, each step is one fused dispatch. Further parameters: `weight_peephole_l0` [3·hidden] in the order i f o,
 * `weight_hr_l0` [projectionSize, hidden], and where layers are normalised `norm_ih_weight_l0`, `norm_hh_weight_l0`
 * [4·hidden], `norm_c_weight_l0`, `norm_c_bias_l0` [hidden].
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const layer = new nn.LSTM(8, 16, { numLayers: 2, dropout: 0.1 });
 * // x [batch, time, 8] → y [batch, time, 16], and the state after the last step
 * const run = (x: Value, state?: nn.LSTMState) => {
 *   const [y, { h, c }] = layer.forward(x, state);
 *   return { y, h, c };
 * };
 * ```
 */
export class LSTM extends RecurrentLayer {
  constructor(
    inputSize: number,
    hiddenSize: number,
    readonly cell: LSTMOptions = {},
  ) {
    checkOptions("LSTM", cell, lstmKinds);
    const { projectionSize, forgetBias, singleBias } = cell;
    const biasStart = (shape: Shape): Initializer => ({
      kind: "host",
      // two biases add up, so each starts with half
      make: () =>
        Float32Array.from({ length: shape[0] as number }, (_, i) =>
          Math.floor(i / hiddenSize) === 1 ? (forgetBias ?? 0) / (singleBias ? 1 : 2) : 0,
        ),
    });
    const options =
      forgetBias === undefined ? cell : { ...cell, initializers: { bias: biasStart, ...cell.initializers } };
    super("LSTM", inputSize, hiddenSize, { h: projectionSize ?? hiddenSize, c: hiddenSize }, options);
    if (projectionSize !== undefined && projectionSize >= hiddenSize) {
      throw new UnsupportedError(
        `LSTM: projectionSize is ${projectionSize}, expected less than hiddenSize ${hiddenSize}`,
      );
    }
    this.createParameters(4);
  }

  protected override createOwnParameters(suffix: string, usual: (shape: Shape) => Initializer): void {
    const { hiddenSize } = this;
    const { peephole, projectionSize, layerNorm: normalized } = this.cell;
    const make = (name: string, shape: Shape, start: Initializer) =>
      this.setParameter(`${name}${suffix}`, new Parameter(shape, start));
    if (projectionSize !== undefined)
      make("weight_hr", [projectionSize, hiddenSize], usual([projectionSize, hiddenSize]));
    if (peephole) make("weight_peephole", [3 * hiddenSize], usual([3 * hiddenSize]));
    if (normalized) {
      make("norm_ih_weight", [4 * hiddenSize], constant(1));
      make("norm_hh_weight", [4 * hiddenSize], constant(1));
      make("norm_c_weight", [hiddenSize], constant(1));
      make("norm_c_bias", [hiddenSize], zero);
    }
  }

  /** Shapes of the state for a batch, as inputs of a program take them. */
  stateSpec(batch: number): LSTMState<DefaultedSpec>;
  stateSpec<Name extends string>(batch: Name): LSTMState<DefaultedNamedSpec<Name>>;
  stateSpec(batch: Extent): LSTMState<DefaultedNamedSpec> {
    return this.stateSpecs(batch) as unknown as LSTMState<DefaultedNamedSpec>;
  }

  /** Outputs of the last layer at every step, and the final states. Without a given state it starts from zeros. */
  forward(x: Value, state?: LSTMState, options: SequenceOptions = {}): [outputs: Value, state: LSTMState] {
    const { outputs, states } = this.runLayers(x, state && { ...state }, options, false);
    return [outputs, { h: states[0] as Value, c: states[1] as Value }];
  }

  /** As `forward`, with the gates and states of every step of every layer, and probes for dL/dh_t. Slower. */
  inspect(
    x: Value,
    state?: LSTMState,
    options: SequenceOptions = {},
  ): { outputs: Value; state: LSTMState; layers: readonly LayerTrace[] } {
    const { outputs, states, layers } = this.runLayers(x, state && { ...state }, options, true);
    return { outputs, state: { h: states[0] as Value, c: states[1] as Value }, layers };
  }

  protected override hasKernels(): boolean {
    return this.#isFused();
  }

  protected override runDirection(input: DirectionInput): DirectionResult {
    const { suffix, sequence, initial, lengths, part, recurrentMask, probe, reverse } = input;
    const { cell } = this;
    const own = (name: string) => this.parameter(`${name}${suffix}`);
    const weightHh = own("weight_hh") as Parameter;
    const [biasIh, biasHh] = [own("bias_ih"), own("bias_hh")];
    const weightIh = own("weight_ih") as Parameter;
    const fused = this.#isFused() && !recurrentMask && !probe;
    // in training their sum is the cheaper one: both biases have one gradient
    const apart = fused && !isTraining() && biasHh;
    const bias = apart || !biasIh || !biasHh ? biasIh : add(biasIh, biasHh);
    if (fused) {
      const [length, batch] = sequence.shape as [number, number];
      const units = new UnitPadding({ length, batch, hidden: this.hiddenSize, gates: 4 });
      const projected = linear(sequence, units.rows(weightIh), bias && units.rows(bias));
      const recurrent = units.columns(units.rows(weightHh));
      const [h0, c0] = initial.map((state) => units.columns(state)) as [Value, Value];
      const { outputs, h, c } = lstm(projected, recurrent, h0, c0, {
        reverse: reverse ?? false,
        ...(apart ? { biasHh: units.rows(apart) } : {}),
        ...(lengths ? { lengths } : {}),
      });
      return { outputs: units.cut(outputs), finals: [units.cut(h), units.cut(c)] };
    }
    const norms = cell.layerNorm
      ? { ih: own("norm_ih_weight"), hh: own("norm_hh_weight"), c: own("norm_c_weight"), cBias: own("norm_c_bias") }
      : null;
    const projected = norms
      ? addBias(layerNorm(linear(sequence, weightIh), norms.ih), bias)
      : linear(sequence, weightIh, bias);
    const weights = {
      weightHh,
      peephole: own("weight_peephole"),
      weightHr: own("weight_hr"),
      normalizeRecurrent: norms ? (x: Value) => layerNorm(x, norms.hh) : undefined,
      normalizeCell: norms ? (x: Value) => layerNorm(x, norms.c, norms.cBias) : undefined,
    };
    const options = {
      gateActivation: cell.gateActivation ?? "sigmoid",
      activation: cell.activation ?? "tanh",
      outputActivation: cell.outputActivation,
      hardSigmoidSlope: cell.hardSigmoidSlope,
      cellClip: cell.cellClip,
      gateClip: cell.gateClip,
      coupleForget: cell.coupleForget ?? false,
    } as const;
    const zoneout = this.zoneoutRates();
    return runSteps({
      projected,
      initial,
      lengths,
      part,
      probe,
      stateNames: ["h", "c"],
      recurrentMask,
      zoneout: [zoneout.h, zoneout.c],
      step([h, c], x) {
        const result = lstmStep(x, { h: h as Value, c: c as Value }, weights, options);
        return { states: [result.h, result.c], gates: result.gates };
      },
    });
  }

  /** Whether the fused kernel computes this cell. */
  #isFused(): boolean {
    const {
      peephole,
      projectionSize,
      layerNorm: normalized,
      gateActivation = "sigmoid",
      activation = "tanh",
      outputActivation = activation,
      cellClip,
      gateClip,
      coupleForget,
    } = this.cell;
    const zoneout = this.zoneoutRates();
    const plain =
      !peephole && !projectionSize && !normalized && !coupleForget && cellClip === undefined && gateClip === undefined;
    const usual = gateActivation === "sigmoid" && activation === "tanh" && outputActivation === "tanh";
    const whole = zoneout.h === 0 && zoneout.c === 0;
    return plain && usual && whole;
  }
}

const addBias = (x: Value, bias: Value | undefined): Value => (bias ? add(x, bias) : x);
