import { ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { dropout } from "../ops/elementwise/dropout.ts";
import { linear } from "../ops/matmul/matmul.ts";
import { checkArgument, checkOptions, rate as dropoutRate, flag, numberWithin, required, show } from "../options.ts";
import { uniform } from "./initializers.ts";
import { Module } from "./module.ts";

export const MOST_LAYERS = 1024;

/** Layers one behind the other. */
export const layerCount = numberWithin(
  "a positive integer up to 1,024",
  (n) => Number.isInteger(n) && n > 0 && n <= MOST_LAYERS,
);

/** Throws unless every size is a positive integer. */
export function requireSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ShapeError(`${layer}: ${name} is ${show(size)}, expected a positive integer`);
    }
  }
}

export interface LinearOptions {
  /** Whether something is added; true. */
  readonly bias?: boolean;
}

/**
 * y = x·Wᵀ + b over the last axis: [..., inputSize] → [..., outputSize]. Starts as PyTorch's, uniform ±1/√inputSize.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const head = new nn.Linear(64, 10, { bias: false });
 * const logits = (hidden: Value) => head.forward(hidden); // [batch, 64] → [batch, 10]
 * ```
 */
export class Linear extends Module {
  /** [outputSize, inputSize]. */
  readonly weight: Parameter;
  /** [outputSize]; null without `bias`. */
  readonly bias: Parameter | null;

  constructor(
    readonly inputSize: number,
    readonly outputSize: number,
    options: LinearOptions = {},
  ) {
    super();
    requireSizes("Linear", { inputSize, outputSize });
    checkOptions("Linear", options, { bias: flag });
    const { bias = true } = options;
    const bound = 1 / Math.sqrt(inputSize);
    this.weight = new Parameter([outputSize, inputSize], uniform(-bound, bound));
    this.bias = bias ? new Parameter([outputSize], uniform(-bound, bound)) : null;
  }

  /** x [..., inputSize] → [..., outputSize]. Throws ShapeError for another last extent. */
  forward(x: Value): Value {
    requireValues("Linear", { x });
    if (x.shape.at(-1) !== this.inputSize) {
      throw new ShapeError(
        `Linear: input has shape ${formatShape(x.shape)}, expected [..., inputSize] = [..., ${this.inputSize}]`,
      );
    }
    return linear(x, this.weight, this.bias ?? undefined);
  }
}

/** Zeroes elements with probability `rate` in training; passes its input on otherwise. */
export class Dropout extends Module {
  constructor(readonly rate: number) {
    super();
    checkArgument("Dropout", "rate", rate, required(dropoutRate));
  }

  /** x of any shape → the same shape; what stays is divided by 1 − rate. */
  forward(x: Value): Value {
    requireValues("Dropout", { x });
    return dropout(x, this.rate);
  }
}
