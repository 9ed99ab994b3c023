import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkOptions, type KindsOf } from "../../options.ts";
import { type DirectedActivation, directedActivationKind, ofDirection, requireDirections } from "./activations.ts";
import { type GRUCellOptions, gruCell, gruCellKinds, requireGruBiases } from "./gru-cell.ts";
import { type LayerTrace, type RecurrentOptions, recurrentKinds, type SequenceOptions } from "./options.ts";
import { StepLayer } from "./step-layer.ts";

/** Options of `GRU`. */
export interface GRUOptions extends RecurrentOptions, GRUCellOptions<DirectedActivation> {}

const gruKinds: KindsOf<GRUOptions> = {
  ...recurrentKinds,
  ...gruCellKinds,
  gateActivation: directedActivationKind,
  activation: directedActivationKind,
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
 * `hiddenSize` may have a size for each layer; states are [directions, batch, sum of sizes] then. The paper and some books write z for 1 − z: there z says how much is new, here how much stays.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const layer = new nn.GRU(8, 16, { bidirectional: true });
 * const both = (x: Value) => layer.forward(x)[0]; // [batch, time, 8] → [batch, time, 32]
 * ```
 */
export class GRU extends StepLayer<"h"> {
  constructor(
    inputSize: number,
    hiddenSize: number | readonly number[],
    readonly cell: GRUOptions = {},
  ) {
    checkOptions("GRU", cell, gruKinds);
    requireGruBiases("GRU", cell);
    const { gateActivation, activation } = cell;
    requireDirections("GRU", { gateActivation, activation }, cell.bidirectional);
    const cellOf = (hidden: number, direction: 0 | 1) =>
      gruCell(hidden, {
        ...cell,
        gateActivation: ofDirection(gateActivation, direction) ?? "sigmoid",
        activation: ofDirection(activation, direction) ?? "tanh",
      });
    super("GRU", inputSize, hiddenSize, cellOf, cell);
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
}
