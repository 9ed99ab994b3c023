import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkOptions, type KindsOf } from "../../options.ts";
import { type DirectedActivation, directedActivationKind, ofDirection, requireDirections } from "./activations.ts";
import { lstmCell, lstmCellKinds, withForgetBias } from "./lstm-cell.ts";
import type { LSTMCellOptions } from "./lstm-options.ts";
import { type LayerTrace, type RecurrentOptions, recurrentKinds, type SequenceOptions } from "./options.ts";
import { StepLayer } from "./step-layer.ts";

/** Hidden and cell states of all layers and directions: each [numLayers·directions, batch, size]. */
export interface LSTMState<T = Value> {
  /** Hidden states; of `projectionSize` features where there is one. */
  readonly h: T;
  /** Cell states. */
  readonly c: T;
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions, LSTMCellOptions<DirectedActivation> {}

const lstmKinds: KindsOf<LSTMOptions> = {
  ...recurrentKinds,
  ...lstmCellKinds,
  gateActivation: directedActivationKind,
  activation: directedActivationKind,
  outputActivation: directedActivationKind,
};

/**
 * LSTM layers: [batch, time, inputSize] → [batch, time, outputSize]. Gates in the order i f g o. Without the options that
 * change the cell, each step is one fused dispatch. Further parameters: `weight_peephole_l0` [3·hidden] in the order i f o
 * ([3·hidden, hidden] of full ones), `weight_hr_l0` [projectionSize, hidden], and where layers are normalised `norm_ih_weight_l0`, `norm_hh_weight_l0`
 * [4·hidden], `norm_c_weight_l0`, `norm_c_bias_l0` [hidden].
 * `hiddenSize` may have a size for each layer; states are [directions, batch, sum of sizes] then.
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
export class LSTM extends StepLayer<"h" | "c"> {
  constructor(
    inputSize: number,
    hiddenSize: number | readonly number[],
    readonly cell: LSTMOptions = {},
  ) {
    checkOptions("LSTM", cell, lstmKinds);
    const { gateActivation, activation, outputActivation = activation } = cell;
    requireDirections("LSTM", { gateActivation, activation, outputActivation }, cell.bidirectional);
    const cellOf = (hidden: number, direction: 0 | 1) =>
      lstmCell("LSTM", hidden, {
        ...cell,
        gateActivation: ofDirection(gateActivation, direction) ?? "sigmoid",
        activation: ofDirection(activation, direction) ?? "tanh",
        outputActivation: ofDirection(outputActivation, direction) ?? "tanh",
      });
    super("LSTM", inputSize, hiddenSize, cellOf, withForgetBias(cell));
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
}
