import { ShapeError } from "../errors.ts";
import { isTraining } from "../graph/mode.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { dropout } from "../ops/dropout.ts";
import { embedding } from "../ops/embedding.ts";
import { linear } from "../ops/matmul.ts";
import { normal, uniform } from "./initializers.ts";
import { Module } from "./module.ts";

/** Throws unless every size is a positive integer. */
export function requireSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) {
      throw new ShapeError(`${layer}: ${name} is ${size}, expected a positive integer`);
    }
  }
}

/** y = x·Wᵀ + b over the last axis: [..., inputSize] → [..., outputSize]. Starts as PyTorch's, uniform ±1/√inputSize. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    readonly inputSize: number,
    readonly outputSize: number,
    { bias = true }: { bias?: boolean } = {},
  ) {
    super();
    requireSizes("Linear", { inputSize, outputSize });
    const bound = 1 / Math.sqrt(inputSize);
    this.weight = new Parameter([outputSize, inputSize], uniform(-bound, bound));
    this.bias = bias ? new Parameter([outputSize], uniform(-bound, bound)) : null;
  }

  forward(x: Value): Value {
    if (x.shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        `Linear: input has shape ${formatShape(x.shape)}, expected [..., inputSize] = [..., ${this.inputSize}]`,
      );
    }
    return linear(x, this.weight, this.bias ?? undefined);
  }
}

/** A vector for each of `entries` indices: int32 [...] → [..., features]. Starts normal (0, 1) as PyTorch's. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(
    readonly entries: number,
    readonly features: number,
  ) {
    super();
    requireSizes("Embedding", { entries, features });
    this.weight = new Parameter([entries, features], normal());
  }

  forward(indices: Value): Value {
    return embedding(indices, this.weight);
  }
}

/** Zeroes elements with probability `rate` in training; passes its input on otherwise. */
export class Dropout extends Module {
  constructor(readonly rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new ShapeError(`Dropout: rate is ${rate}, expected 0 ≤ rate < 1`);
  }

  forward(x: Value): Value {
    return isTraining() ? dropout(x, this.rate) : x;
  }
}
