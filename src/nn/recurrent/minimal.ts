import type { Parameter } from "../../graph/parameter.ts";
import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add, sub } from "../../ops/elementwise/elementwise.ts";
import { reshape, slice } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { takeLast } from "../../ops/recurrent/lengths.ts";
import { linearScan } from "../../ops/recurrent/linear-scan.ts";
import { type MinimalActivation, minimalGates } from "../../ops/recurrent/minimal-gates.ts";
import { maskSteps } from "../../ops/recurrent/reverse-sequence.ts";
import { checkOptions, type KindsOf, oneOf } from "../../options.ts";
import { RecurrentLayer } from "./layer.ts";
import {
  type DirectionInput,
  type DirectionResult,
  type LayerTrace,
  type RecurrentOptions,
  recurrentKinds,
  type SequenceOptions,
} from "./options.ts";

export type { MinimalActivation };

/** Dropout on recurrent connections, zoneout and a second bias are for cells whose gates see the state. */
export interface MinimalOptions extends Omit<RecurrentOptions, "recurrentDropout" | "zoneout" | "singleBias"> {
  /**
   * Function of the candidate state. The default `g` is the paper's (x + ½ for x ≥ 0, else σ(x)), which keeps states
   * positive as its log space needs; here nothing needs it, and `identity` (the paper's first form) or `tanh` will do.
   */
  readonly activation?: MinimalActivation;
}

const { recurrentDropout: _, zoneout: __, singleBias: ___, ...sharedKinds } = recurrentKinds;
const minimalKinds: KindsOf<MinimalOptions> = { ...sharedKinds, activation: oneOf("g", "identity", "tanh") };

/** What both minimal layers are: gates that do not see the state, so that time is a linear recurrence. */
abstract class Minimal extends RecurrentLayer {
  readonly activation: MinimalActivation;

  protected constructor(
    private readonly cell: "gru" | "lstm",
    inputSize: number,
    hiddenSize: number | readonly number[],
    options: MinimalOptions,
  ) {
    const kind = cell === "gru" ? "MinGRU" : "MinLSTM";
    checkOptions(kind, options, minimalKinds);
    const shapeOf = (hidden: number) => ({ gates: cell === "gru" ? 2 : 3, states: { h: hidden } });
    super(kind, inputSize, hiddenSize, shapeOf, options, false);
    this.activation = options.activation ?? "g";
  }

  /** Shape of the state for a batch, as an input of a program takes it. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return this.stateSpecs(batch).h as DefaultedNamedSpec;
  }

  /**
   * Outputs of the last layer at every step, and the final state. Without a given state it starts from zeros. A sequence in
   * one call, in pieces, or step by step gives the same numbers.
   */
  forward(x: Value, state?: Value, options: SequenceOptions = {}): [outputs: Value, state: Value] {
    const { outputs, states } = this.runLayers(x, state && { h: state }, options, false);
    return [outputs, states[0] as Value];
  }

  /** As `forward`, with the gates and states of every step of every layer, and probes for dL/dh_t. */
  inspect(
    x: Value,
    state?: Value,
    options: SequenceOptions = {},
  ): { outputs: Value; state: Value; layers: readonly LayerTrace[] } {
    const { outputs, states, layers } = this.runLayers(x, state && { h: state }, options, true);
    return { outputs, state: states[0] as Value, layers };
  }

  protected override runDirection(input: DirectionInput): DirectionResult {
    const { suffix, sequence, initial, lengths, probe } = input;
    const h0 = initial[0] as Value;
    const weight = this.parameter(`weight_ih${suffix}`) as Parameter;
    const projected = linear(sequence, weight, this.parameter(`bias_ih${suffix}`));
    const { a: keep, b: candidate } = minimalGates(projected, this.cell, this.activation);
    const states = linearScan(keep, probe ? add(candidate, probe) : candidate, h0);
    const gates = this.cell === "gru" ? { z: sub(1, keep) } : { f: keep, i: sub(1, keep) };
    if (!lengths) {
      const last = reshape(slice(states, 0, -1), h0.shape);
      return { outputs: states, finals: [last], states: { h: states }, gates };
    }
    // steps past the end change the states behind them only, which nobody takes
    const outputs = maskSteps(states, lengths);
    return { outputs, finals: [takeLast(states, lengths, h0)], states: { h: outputs }, gates };
  }
}

/**
 * Minimal GRU (Feng et al., "Were RNNs All We Needed?", 2024): [batch, time, inputSize] → [batch, time, outputSize].
 *
 *     z = σ(W_z·x + b_z),  h = (1 − z)·h₋₁ + z·g(W_h·x + b_h)
 *
 * The gate does not see the state, so all steps train at once by a parallel scan: a few dispatches for any length.
 * `weight_ih_l0` is [2·hidden, input] in the order z, h. Starts as the paper's linear layers, uniform ±1/√inputSize.
 */
export class MinGRU extends Minimal {
  constructor(inputSize: number, hiddenSize: number | readonly number[], options: MinimalOptions = {}) {
    super("gru", inputSize, hiddenSize, options);
  }
}

/**
 * Minimal LSTM (Feng et al., "Were RNNs All We Needed?", 2024): [batch, time, inputSize] → [batch, time, outputSize].
 *
 *     f = σ(W_f·x + b_f),  i = σ(W_i·x + b_i),  h = f/(f + i)·h₋₁ + i/(f + i)·g(W_h·x + b_h)
 *
 * Trained as `MinGRU` is. `weight_ih_l0` is [3·hidden, input] in the order f, i, h.
 */
export class MinLSTM extends Minimal {
  constructor(inputSize: number, hiddenSize: number | readonly number[], options: MinimalOptions = {}) {
    super("lstm", inputSize, hiddenSize, options);
  }
}
