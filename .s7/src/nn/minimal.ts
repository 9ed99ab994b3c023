import { ShapeError } from "../errors.ts";
import { Parameter } from "../graph/parameter.ts";
import { float32, formatShape, type Spec, sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { dropout } from "../ops/dropout.ts";
import { concat, permute, reshape, slice, zeros } from "../ops/layout.ts";
import { linearScan } from "../ops/linear-scan.ts";
import { linear } from "../ops/matmul.ts";
import { type MinimalActivation, minimalGates } from "../ops/minimal-gates.ts";
import { uniform } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

export type { MinimalActivation };

export interface MinimalOptions {
  readonly numLayers?: number;
  /** Rate of dropout between layers. */
  readonly dropout?: number;
  readonly bias?: boolean;
  /**
   * Function of the candidate state. The default `g` is the paper's (x + ½ for x ≥ 0, else σ(x)), which keeps states
   * positive as its log space needs; here nothing needs it, and `identity` (the paper's first form) or `tanh` will do.
   */
  readonly activation?: MinimalActivation;
}

const ACTIVATIONS: readonly MinimalActivation[] = ["g", "identity", "tanh"];

/** What both minimal layers are: gates that do not see the state, so that time is a linear recurrence. */
abstract class Minimal extends Module {
  readonly numLayers: number;
  readonly dropout: number;
  readonly hasBias: boolean;
  readonly activation: MinimalActivation;

  protected constructor(
    private readonly layer: "MinGRU" | "MinLSTM",
    readonly inputSize: number,
    readonly hiddenSize: number,
    { numLayers = 1, dropout: rate = 0, bias = true, activation = "g" }: MinimalOptions,
  ) {
    super();
    requireSizes(layer, { inputSize, hiddenSize, numLayers });
    if (!(rate >= 0 && rate < 1)) throw new ShapeError(`${layer}: dropout is ${rate}, expected 0 ≤ dropout < 1`);
    if (!ACTIVATIONS.includes(activation)) {
      throw new ShapeError(`${layer}: activation is ${activation}, expected one of ${ACTIVATIONS.join(", ")}`);
    }
    this.numLayers = numLayers;
    this.dropout = rate;
    this.hasBias = bias;
    this.activation = activation;
    const rows = this.#gates * hiddenSize;
    const fields = this as unknown as Record<string, Parameter>;
    for (let i = 0; i < numLayers; i++) {
      const columns = i === 0 ? inputSize : hiddenSize;
      const start = uniform(-1 / Math.sqrt(columns), 1 / Math.sqrt(columns));
      fields[`weight_ih_l${i}`] = new Parameter([rows, columns], start);
      if (bias) fields[`bias_ih_l${i}`] = new Parameter([rows], start);
    }
  }

  get #gates(): number {
    return this.layer === "MinGRU" ? 2 : 3;
  }

  /** Shape of the state for a batch, as an input of a program takes it. */
  stateSpec(batch: number): Spec {
    return float32([this.numLayers, batch, this.hiddenSize]);
  }

  /**
   * Outputs of the last layer at every step, and the final states [numLayers, batch, hiddenSize]. Without a given state it
   * starts from zeros. A sequence in one call, in pieces, or step by step gives the same numbers.
   */
  forward(x: Value, state?: Value): [outputs: Value, state: Value] {
    if (x.rank !== 3 || x.shape[2] !== this.inputSize) {
      throw new ShapeError(
        `${this.layer}: input has shape ${formatShape(x.shape)}, expected [batch, time, inputSize] = [batch, time, ${this.inputSize}]`,
      );
    }
    const [batch, length] = x.shape as [number, number, number];
    const { numLayers, hiddenSize } = this;
    if (state && !sameShape(state.shape, [numLayers, batch, hiddenSize])) {
      throw new ShapeError(
        `${this.layer}: state has shape ${formatShape(state.shape)}, expected [numLayers, batch, hiddenSize] = ${formatShape([numLayers, batch, hiddenSize])}`,
      );
    }
    // time-major inside: the columns of the recurrence are contiguous
    let sequence = permute(x, [1, 0, 2]);
    const finals: Value[] = [];
    const fields = this as unknown as Record<string, Parameter>;
    for (let layer = 0; layer < numLayers; layer++) {
      if (layer > 0 && this.training) sequence = dropout(sequence, this.dropout);
      const projected = linear(
        sequence,
        fields[`weight_ih_l${layer}`] as Parameter,
        fields[`bias_ih_l${layer}`] as Parameter | undefined,
      );
      const [a, b] = minimalGates(projected, this.layer === "MinGRU" ? "gru" : "lstm", this.activation);
      const shape = [batch, hiddenSize];
      const initial = state ? reshape(slice(state, 0, layer, layer + 1), shape) : zeros(shape);
      sequence = linearScan(a, b, initial);
      finals.push(slice(sequence, 0, length - 1, length));
    }
    return [permute(sequence, [1, 0, 2]), concat(finals)];
  }
}

/**
 * Minimal GRU (Feng et al., "Were RNNs All We Needed?", 2024): [batch, time, inputSize] → [batch, time, hiddenSize].
 *
 *     z = σ(W_z·x + b_z),  h = (1 − z)·h₋₁ + z·g(W_h·x + b_h)
 *
 * The gate does not see the state, so all steps train at once by a parallel scan: a few dispatches for any length.
 * `weight_ih_l0` is [2·hidden, input] in the order z, h. Starts as the paper's linear layers, uniform ±1/√inputSize.
 */
export class MinGRU extends Minimal {
  constructor(inputSize: number, hiddenSize: number, options: MinimalOptions = {}) {
    super("MinGRU", inputSize, hiddenSize, options);
  }
}

/**
 * Minimal LSTM (Feng et al., "Were RNNs All We Needed?", 2024): [batch, time, inputSize] → [batch, time, hiddenSize].
 *
 *     f = σ(W_f·x + b_f),  i = σ(W_i·x + b_i),  h = f/(f + i)·h₋₁ + i/(f + i)·g(W_h·x + b_h)
 *
 * Trained as `MinGRU` is. `weight_ih_l0` is [3·hidden, input] in the order f, i, h.
 */
export class MinLSTM extends Minimal {
  constructor(inputSize: number, hiddenSize: number, options: MinimalOptions = {}) {
    super("MinLSTM", inputSize, hiddenSize, options);
  }
}
