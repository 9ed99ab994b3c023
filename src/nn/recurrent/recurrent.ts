import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkArgument, checkOptions, fn, required } from "../../options.ts";
import type { RecurrentCell } from "./cell.ts";
import { checkCell } from "./check.ts";
import { type LayerTrace, type RecurrentOptions, recurrentKinds, type SequenceOptions } from "./options.ts";
import { StepLayer } from "./step-layer.ts";

/**
 * Layers of a cell of your own, [batch, time, inputSize] → [batch, time, outputSize], with all that `LSTM`, `GRU` and `RNN` may
 * have: several layers, directions, lengths, dropout, zoneout, checkpoints. Its steps run in kernels that are made of the cell.
 *
 * @example
 * ```ts
 * import { add, linear, mul, nn, sigmoid, split, sub, tanh } from "seqgrad";
 *
 * // Minimal gated unit (Zhou et al. 2016)
 * const mgu = (hidden: number): nn.RecurrentCell<"h"> => ({
 *   gates: 2,
 *   states: { h: hidden },
 *   step({ x, states: { h }, weight }) {
 *     const [[xf, xn], [wf, wn]] = [split(x, 2, 1), split(weight, 2)];
 *     const f = sigmoid(add(xf, linear(h, wf)));
 *     const n = tanh(add(xn, linear(mul(f, h), wn)));
 *     return { states: { h: add(h, mul(f, sub(n, h))) }, gates: { f, n } };
 *   },
 * });
 * const layer = new nn.Recurrent(8, 16, mgu, { numLayers: 2, bidirectional: true, dropout: 0.1 });
 * ```
 */
export class Recurrent<State extends string = string> extends StepLayer<State> {
  /** `cell` describes the cell of a layer with so many hidden units, in one direction: 0 for the only or the forward one. */
  constructor(
    inputSize: number,
    hiddenSize: number | readonly number[],
    cell: (hiddenSize: number, direction: 0 | 1) => RecurrentCell<State>,
    options: RecurrentOptions = {},
  ) {
    checkArgument("Recurrent", "cell", cell, required(fn));
    checkOptions("Recurrent", options, recurrentKinds);
    const cellOf = (hidden: number, direction: 0 | 1) => checkCell("Recurrent", cell(hidden, direction));
    super("Recurrent", inputSize, hiddenSize, cellOf, options);
  }

  /** Shapes of the states for a batch by name, as inputs of a program take them. */
  stateSpec(batch: number): Record<State, DefaultedSpec>;
  stateSpec<Name extends string>(batch: Name): Record<State, DefaultedNamedSpec<Name>>;
  stateSpec(batch: Extent): Record<State, DefaultedNamedSpec> {
    return this.stateSpecs(batch) as Record<State, DefaultedNamedSpec>;
  }

  /** Outputs of the last layer at every step, and the final states. Without given states it starts from zeros. */
  forward(
    x: Value,
    states?: Readonly<Record<State, Value>>,
    options: SequenceOptions = {},
  ): [outputs: Value, states: Record<State, Value>] {
    const result = this.runLayers(x, states && { ...states }, options, false);
    return [result.outputs, this.#named(result.states)];
  }

  /** As `forward`, with the gates and states of every step of every layer, and probes for dL/dh_t. Slower. */
  inspect(
    x: Value,
    states?: Readonly<Record<State, Value>>,
    options: SequenceOptions = {},
  ): { outputs: Value; states: Record<State, Value>; layers: readonly LayerTrace[] } {
    const result = this.runLayers(x, states && { ...states }, options, true);
    return { outputs: result.outputs, states: this.#named(result.states), layers: result.layers };
  }

  #named(states: readonly Value[]): Record<State, Value> {
    return Object.fromEntries(Object.keys(this.stateSpecs(1)).map((name, i) => [name, states[i]])) as never;
  }
}
