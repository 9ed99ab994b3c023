import { UnsupportedError } from "../../errors.ts";
import type { Parameter } from "../../graph/parameter.ts";
import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { gru } from "../../ops/recurrent/gru.ts";
import { checkOptions, flag, type KindsOf, positive } from "../../options.ts";
import { type Activation, activationKind, gruStep } from "./cells.ts";
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

/** Options of `GRU`. */
export interface GRUOptions extends RecurrentOptions {
  /** Apply the reset gate after the recurrent matmul (the default, as cuDNN and PyTorch) or before it. */
  readonly resetAfter?: boolean;
  /** Of reset and update gate; "sigmoid". */
  readonly gateActivation?: Activation;
  /** Of the candidate; "tanh". */
  readonly activation?: Activation;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of what goes into the activations (ONNX's `clip`). */
  readonly gateClip?: number;
}

const gruKinds: KindsOf<GRUOptions> = {
  ...recurrentKinds,
  resetAfter: flag,
  gateActivation: activationKind,
  activation: activationKind,
  hardSigmoidSlope: positive,
  gateClip: positive,
};

/**
 * GRU layers: [batch, time, inputSize] → [batch, time, outputSize]. Gates in PyTorch's order r z n:
 *
 *     r = σ(W_ir·x + b_ir + W_hr·h + b_hr)
 *     z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
 *     n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn))      reset after: PyTorch, cuDNN, Keras's reset_after
 *     n = tanh(W_in·x + b_in + W_hn·(r·h) + b_hn)      reset before: Cho et al. 2014
 *     h' = (1 − z)·n + z·h
 *
 * The paper and some books write z for 1 − z: there z says how much is new, here how much stays.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const layer = new nn.GRU(8, 16, { bidirectional: true });
 * const both = (x: Value) => layer.forward(x)[0]; // [batch, time, 8] → [batch, time, 32]
 * ```
 */
export class GRU extends RecurrentLayer {
  constructor(
    inputSize: number,
    hiddenSize: number,
    readonly cell: GRUOptions = {},
  ) {
    checkOptions("GRU", cell, gruKinds);
    if (cell.singleBias && (cell.resetAfter ?? true)) {
      throw new UnsupportedError(
        "GRU: singleBias is true with the reset gate after the recurrent matmul, expected two biases, as one stands inside the gate's product; use resetAfter: false",
      );
    }
    super("GRU", inputSize, hiddenSize, { h: hiddenSize }, cell);
    this.createParameters(3);
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

  /** As `forward`, with the gates and states of every step of every layer, and probes for dL/dh_t. Slower. */
  inspect(
    x: Value,
    state?: Value,
    options: SequenceOptions = {},
  ): { outputs: Value; state: Value; layers: readonly LayerTrace[] } {
    const { outputs, states, layers } = this.runLayers(x, state && { h: state }, options, true);
    return { outputs, state: states[0] as Value, layers };
  }

  protected override hasKernels(): boolean {
    const { gateActivation = "sigmoid", activation = "tanh", gateClip } = this.cell;
    const usual = gateActivation === "sigmoid" && activation === "tanh";
    return usual && gateClip === undefined && this.zoneoutRates().h === 0;
  }

  protected override runDirection(input: DirectionInput): DirectionResult {
    const { suffix, sequence, initial, lengths, part, recurrentMask, probe, reverse = false } = input;
    const { hiddenSize, cell } = this;
    const resetAfter = cell.resetAfter ?? true;
    const own = (name: string) => this.parameter(`${name}${suffix}`);
    const weightHh = own("weight_hh") as Parameter;
    const [biasIh, biasHh] = [own("bias_ih"), own("bias_hh")];
    const weightIh = own("weight_ih") as Parameter;
    // reset after: the recurrent bias of n stands inside the reset gate's product and cannot join the input's
    const inner = resetAfter ? biasHh : undefined;
    const bias = biasIh && biasHh && !resetAfter ? add(biasIh, biasHh) : biasIh;

    const gateActivation = cell.gateActivation ?? "sigmoid";
    const activation = cell.activation ?? "tanh";
    const { gateClip, hardSigmoidSlope } = cell;
    const zoneout = this.zoneoutRates().h;
    if (this.hasKernels() && !recurrentMask && !probe) {
      const [length, batch] = sequence.shape as [number, number];
      const units = new UnitPadding({ length, batch, hidden: hiddenSize, gates: 3 });
      const { outputs, h } = gru(
        linear(sequence, units.rows(weightIh), bias && units.rows(bias)),
        units.columns(units.rows(weightHh)),
        inner && units.rows(inner),
        units.columns(initial[0] as Value),
        { resetAfter, reverse, ...(lengths ? { lengths } : {}) },
      );
      return { outputs: units.cut(outputs), finals: [units.cut(h)] };
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
      step([h], x) {
        const options = { resetAfter, gateActivation, activation, hardSigmoidSlope, gateClip };
        const result = gruStep(x, h as Value, weightHh, inner, options);
        return { states: [result.h], gates: result.gates };
      },
    });
  }
}
