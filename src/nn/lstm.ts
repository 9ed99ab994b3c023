import { ShapeError } from "../errors.ts";
import { Parameter } from "../graph/parameter.ts";
import { float32, formatShape, type Spec, sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { dropout } from "../ops/dropout.ts";
import { add } from "../ops/elementwise.ts";
import { concat, permute, reshape, slice, zeros } from "../ops/layout.ts";
import { lstm } from "../ops/lstm.ts";
import { linear } from "../ops/matmul.ts";
import { uniform } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

/** Hidden and cell states of all layers: each [numLayers, batch, hiddenSize]. */
export interface LSTMState<T = Value> {
  readonly h: T;
  readonly c: T;
}

export interface LSTMOptions {
  readonly numLayers?: number;
  /** Rate of dropout between layers. */
  readonly dropout?: number;
  readonly bias?: boolean;
}

interface Layer {
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly biasIh: Parameter | undefined;
  readonly biasHh: Parameter | undefined;
}

/**
 * LSTM layers: [batch, time, inputSize] → [batch, time, hiddenSize]. Parameter names, shapes and gate order (i f g o) are
 * PyTorch's (`weight_ih_l0` [4·hidden, input]), and so is the start, uniform ±1/√hiddenSize.
 */
export class LSTM extends Module {
  readonly numLayers: number;
  readonly dropout: number;
  readonly hasBias: boolean;

  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    { numLayers = 1, dropout: rate = 0, bias = true }: LSTMOptions = {},
  ) {
    super();
    requireSizes("LSTM", { inputSize, hiddenSize, numLayers });
    if (!(rate >= 0 && rate < 1)) throw new ShapeError(`LSTM: dropout is ${rate}, expected 0 ≤ dropout < 1`);
    this.numLayers = numLayers;
    this.dropout = rate;
    this.hasBias = bias;
    const bound = 1 / Math.sqrt(hiddenSize);
    const start = uniform(-bound, bound);
    const fields = this as unknown as Record<string, Parameter>;
    for (let layer = 0; layer < numLayers; layer++) {
      fields[`weight_ih_l${layer}`] = new Parameter([4 * hiddenSize, layer === 0 ? inputSize : hiddenSize], start);
      fields[`weight_hh_l${layer}`] = new Parameter([4 * hiddenSize, hiddenSize], start);
      if (!bias) continue;
      fields[`bias_ih_l${layer}`] = new Parameter([4 * hiddenSize], start);
      fields[`bias_hh_l${layer}`] = new Parameter([4 * hiddenSize], start);
    }
  }

  /** Shapes of the state for a batch, as inputs of a program take them. */
  stateSpec(batch: number): LSTMState<Spec> {
    const spec = float32([this.numLayers, batch, this.hiddenSize]);
    return { h: spec, c: spec };
  }

  /** Outputs of the last layer at every step, and the final states. Without a given state it starts from zeros. */
  forward(x: Value, state?: LSTMState): [outputs: Value, state: LSTMState] {
    if (x.rank !== 3 || x.shape[2] !== this.inputSize) {
      throw new ShapeError(
        `LSTM: input has shape ${formatShape(x.shape)}, expected [batch, time, inputSize] = [batch, time, ${this.inputSize}]`,
      );
    }
    const batch = x.shape[0] as number;
    const stateShape = [this.numLayers, batch, this.hiddenSize];
    for (const [name, given] of Object.entries(state ?? {})) {
      if (!sameShape(given.shape, stateShape)) {
        throw new ShapeError(
          `LSTM: state.${name} has shape ${formatShape(given.shape)}, expected [numLayers, batch, hiddenSize] = ${formatShape(stateShape)}`,
        );
      }
    }
    // time-major inside, so that a step's slice is contiguous
    let sequence = permute(x, [1, 0, 2]);
    const finals: { h: Value; c: Value }[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.training) sequence = dropout(sequence, this.dropout);
      const initial = (all: Value | undefined) =>
        all ? reshape(slice(all, 0, layer, layer + 1), [batch, this.hiddenSize]) : zeros([batch, this.hiddenSize]);
      const { weightIh, weightHh, biasIh, biasHh } = this.#layer(layer);
      const bias = biasIh && biasHh ? add(biasIh, biasHh) : undefined;
      const result = lstm(linear(sequence, weightIh, bias), weightHh, initial(state?.h), initial(state?.c));
      sequence = result.outputs;
      finals.push(result);
    }
    const gather = (pick: (final: { h: Value; c: Value }) => Value) =>
      concat(finals.map((final) => reshape(pick(final), [1, batch, this.hiddenSize])));
    return [permute(sequence, [1, 0, 2]), { h: gather(({ h }) => h), c: gather(({ c }) => c) }];
  }

  #layer(layer: number): Layer {
    const fields = this as unknown as Record<string, Parameter>;
    return {
      weightIh: fields[`weight_ih_l${layer}`] as Parameter,
      weightHh: fields[`weight_hh_l${layer}`] as Parameter,
      biasIh: fields[`bias_ih_l${layer}`],
      biasHh: fields[`bias_hh_l${layer}`],
    };
  }
}
