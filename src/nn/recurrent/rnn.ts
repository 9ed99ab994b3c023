import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkOptions, type KindsOf } from "../../options.ts";
import { type DirectedActivation, directedActivationKind, ofDirection, requireDirections } from "./activations.ts";
import { type LayerTrace, type RecurrentOptions, recurrentKinds, type SequenceOptions } from "./options.ts";
import { type RNNCellOptions, rnnCell, rnnCellKinds } from "./rnn-cell.ts";
import { StepLayer } from "./step-layer.ts";

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions, RNNCellOptions<DirectedActivation> {}

const rnnKinds: KindsOf<RNNOptions> = { ...recurrentKinds, ...rnnCellKinds, activation: directedActivationKind };

/**
 * Elman layers (Elman 1990): h' = act(W_ih·x + b_ih + W_hh·h + b_hh); [batch, time, inputSize] → [batch, time, outputSize].
 * `hiddenSize` may have a size for each layer; states are [directions, batch, sum of sizes] then.
 */
export class RNN extends StepLayer<"h"> {
  constructor(
    inputSize: number,
    hiddenSize: number | readonly number[],
    readonly cell: RNNOptions = {},
  ) {
    checkOptions("RNN", cell, rnnKinds);
    const { activation } = cell;
    requireDirections("RNN", { activation }, cell.bidirectional);
    const cellOf = (hidden: number, direction: 0 | 1) =>
      rnnCell(hidden, { ...cell, activation: ofDirection(activation, direction) ?? "tanh" });
    super("RNN", inputSize, hiddenSize, cellOf, cell);
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
}
