import type { Parameter } from "../../graph/parameter.ts";
import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { hasRnnKernels, rnn } from "../../ops/recurrent/rnn.ts";
import { checkOptions, type KindsOf, nonNegative, positive } from "../../options.ts";
import { type Activation, activationKind, rnnStep } from "./cells.ts";
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

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** tanh unless given. */
  readonly activation?: Activation;
  /** Of leaky_relu, at least 0; 0.01 unless given. */
  readonly negativeSlope?: number;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of what goes into the activation (ONNX's `clip`). */
  readonly gateClip?: number;
}

const rnnKinds: KindsOf<RNNOptions> = {
  ...recurrentKinds,
  activation: activationKind,
  negativeSlope: nonNegative,
  hardSigmoidSlope: positive,
  gateClip: positive,
};

/** Elman layers (Elman 1990): h' = act(W_ih·x + b_ih + W_hh·h + b_hh); [batch, time, inputSize] → [batch, time, outputSize]. */
export class RNN extends RecurrentLayer {
  constructor(
    inputSize: number,
    hiddenSize: number,
    readonly cell: RNNOptions = {},
  ) {
    checkOptions("RNN", cell, rnnKinds);
    super("RNN", inputSize, hiddenSize, { h: hiddenSize }, cell);
    this.createParameters(1);
  }

  /** Shape of the state for a batch, as inputs of a program take it. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return this.stateSpecs(batch).h as DefaultedNamedSpec;
  }

  /** Outputs of the last layer at every step, and the final state. Without a given state it starts from zeros. */
  forward(x: Value, state?: Value, options: SequenceOptions = {}): [outputs: Value, state: Value] {
    const { outputs, states } = this.runLayers(x, state && { h: state }, options, false);
    return [outputs, states[0] as Value];
  }

  /** As `forward`, with the states of every step of every layer, and probes for dL/dh_t. Slower. */
  inspect(
    x: Value,
    state?: Value,
    options: SequenceOptions = {},
  ): { outputs: Value; state: Value; layers: readonly LayerTrace[] } {
    const { outputs, states, layers } = this.runLayers(x, state && { h: state }, options, true);
    return { outputs, state: states[0] as Value, layers };
  }

  protected override hasKernels(): boolean {
    const { activation = "tanh", gateClip } = this.cell;
    return hasRnnKernels(activation) && gateClip === undefined && this.zoneoutRates().h === 0;
  }

  protected override runDirection(input: DirectionInput): DirectionResult {
    const { suffix, sequence, initial, lengths, part, recurrentMask, probe, reverse = false } = input;
    const own = (name: string) => this.parameter(`${name}${suffix}`);
    const weightHh = own("weight_hh") as Parameter;
    const [biasIh, biasHh] = [own("bias_ih"), own("bias_hh")];
    const weightIh = own("weight_ih") as Parameter;
    const bias = biasIh && biasHh ? add(biasIh, biasHh) : biasIh;
    const { activation = "tanh", negativeSlope = 0.01, hardSigmoidSlope, gateClip } = this.cell;
    const zoneout = this.zoneoutRates().h;
    if (hasRnnKernels(activation) && this.hasKernels() && !recurrentMask && !probe) {
      const [length, batch] = sequence.shape as [number, number];
      const units = new UnitPadding({ length, batch, hidden: this.hiddenSize, gates: 1 });
      const result = rnn(
        linear(sequence, units.rows(weightIh), bias && units.rows(bias)),
        units.columns(units.rows(weightHh)),
        units.columns(initial[0] as Value),
        { activation, negativeSlope, reverse, ...(lengths ? { lengths } : {}) },
      );
      return { outputs: units.cut(result.outputs), finals: [units.cut(result.h)] };
    }
    return runSteps({
      projected: linear(sequence, weightIh, bias),
      initial,
      lengths,
      part,
      probe,
      stateNames: ["h"],
      recurrentMask,
      zoneout: [zoneout],
      step: ([h], x) => ({
        states: [rnnStep(x, h as Value, weightHh, activation, { negativeSlope, hardSigmoidSlope, gateClip })],
        gates: {},
      }),
    });
  }
}
