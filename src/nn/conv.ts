import { ShapeError } from "../errors.ts";
import { allowValues, requireValues } from "../graph/arguments.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { add } from "../ops/elementwise/elementwise.ts";
import { permute, reshape } from "../ops/layout/layout.ts";
import { unfold } from "../ops/layout/unfold.ts";
import { linear, matmul } from "../ops/matmul/matmul.ts";
import { checkLengths } from "../ops/recurrent/reverse-sequence.ts";
import { withinLengths } from "../ops/recurrent/within-lengths.ts";
import { anything, checkArgument, checkOptions, count, flag, oneOf, required } from "../options.ts";
import { uniform } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

/** Which steps there are around the sequence, all of them zeros. */
export type ConvPadding = "valid" | "same" | "causal";

/** Options of `Conv1d`. */
export interface Conv1dOptions {
  /** Steps from one window to the next; 1. */
  readonly stride?: number;
  /** Steps from one element of a window to the next; 1. */
  readonly dilation?: number;
  /**
   * `valid`: none, so that windows lie within the sequence. `same`: as many outputs as ⌈length / stride⌉, with the zeros on both
   * sides, one more behind than before where their number is odd. `causal`: as many outputs, with all zeros before, so that no
   * output depends on later steps. `valid` unless given.
   */
  readonly padding?: ConvPadding;
  /** Parts of the inputs and outputs that are convolved by themselves; 1. */
  readonly groups?: number;
  /** Whether something is added; true. */
  readonly bias?: boolean;
}

/** Options of `forward` of `Conv1d` and `BatchNorm`. */
export interface LengthsOptions {
  /** int32 [batch]: how many steps of each sequence count. */
  readonly lengths?: Value | undefined;
}

/** Lengths [batch] for x [batch, time, ...], checked; undefined where there are none. */
export function lengthsFor(layer: string, x: Value, options: LengthsOptions): Value | undefined {
  checkOptions<LengthsOptions>(layer, options, { lengths: anything });
  const { lengths } = options;
  allowValues(layer, { lengths });
  if (lengths && x.rank < 3) {
    throw new ShapeError(`${layer}: input has shape ${formatShape(x.shape)}, expected [batch, time, ...] with lengths`);
  }
  if (lengths) checkLengths(layer, lengths, x.shape[0] as number);
  return lengths;
}

/**
 * Convolution over time: y[t] = b + Σ_k W[:, :, k]·x[t·stride + k·dilation − before] (a cross-correlation, as in PyTorch and
 * Keras): [batch, time, inputSize] → [batch, steps, outputSize]. `weight` is PyTorch's [outputSize, inputSize / groups, kernelSize],
 * and starts as there, uniform within ±1/√(inputSize / groups · kernelSize).
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const conv = new nn.Conv1d(32, 64, 3, { padding: "causal", dilation: 2 });
 * const features = (x: Value) => conv.forward(x); // [batch, time, 32] → [batch, time, 64]
 * ```
 */
export class Conv1d extends Module {
  /** [outputSize, inputSize / groups, kernelSize]. */
  readonly weight: Parameter;
  /** [outputSize]; null without. */
  readonly bias: Parameter | null;
  /** As in the options. */
  readonly stride: number;
  /** As in the options. */
  readonly dilation: number;
  /** As in the options. */
  readonly padding: ConvPadding;
  /** As in the options. */
  readonly groups: number;

  constructor(
    readonly inputSize: number,
    readonly outputSize: number,
    readonly kernelSize: number,
    options: Conv1dOptions = {},
  ) {
    super();
    requireSizes("Conv1d", { inputSize, outputSize, kernelSize });
    checkOptions<Conv1dOptions>("Conv1d", options, {
      stride: count,
      dilation: count,
      padding: oneOf("valid", "same", "causal"),
      groups: count,
      bias: flag,
    });
    const { stride = 1, dilation = 1, padding = "valid", groups = 1, bias = true } = options;
    for (const [name, size] of Object.entries({ inputSize, outputSize })) {
      if (size % groups === 0) continue;
      throw new ShapeError(`Conv1d: ${name} is ${size}, expected a multiple of groups = ${groups}`);
    }
    this.stride = stride;
    this.dilation = dilation;
    this.padding = padding;
    this.groups = groups;
    const bound = 1 / Math.sqrt((inputSize / groups) * kernelSize);
    this.weight = new Parameter([outputSize, inputSize / groups, kernelSize], uniform(-bound, bound));
    this.bias = bias ? new Parameter([outputSize], uniform(-bound, bound)) : null;
  }

  /** Steps of the output for so many of the input; 0 where no window fits. */
  outputLength(length: number): number {
    checkArgument("Conv1d", "length", length, required(count));
    if (this.padding !== "valid") return Math.ceil(length / this.stride);
    return Math.max(0, Math.floor((length - this.#reach) / this.stride) + 1);
  }

  /** What lies behind the lengths counts as zeros, whatever stands there. */
  forward(x: Value, options: LengthsOptions = {}): Value {
    requireValues("Conv1d", { x });
    if (x.rank !== 3 || x.shape[2] !== this.inputSize || x.dtype !== "float32") {
      throw new ShapeError(
        `Conv1d: input is ${x.dtype} ${formatShape(x.shape)}, expected float32 [batch, time, inputSize] = [batch, time, ${this.inputSize}]`,
      );
    }
    const lengths = lengthsFor("Conv1d", x, options);
    const [, length] = x.shape as [number, number, number];
    const steps = this.outputLength(length);
    if (steps === 0) {
      throw new ShapeError(
        `Conv1d: input has ${length} steps, expected at least the ${this.#reach} that a window spans; pad the sequence, or use padding "same" or "causal"`,
      );
    }
    return this.#convolve(lengths ? withinLengths(x, lengths) : x, length, steps);
  }

  /** Steps from the first to the last of a window, both counted. */
  get #reach(): number {
    return (this.kernelSize - 1) * this.dilation + 1;
  }

  #convolve(x: Value, length: number, steps: number): Value {
    const { kernelSize, stride, dilation, groups, padding, outputSize } = this;
    const around = Math.max(0, (steps - 1) * stride + this.#reach - length);
    const before = { valid: 0, same: Math.floor(around / 2), causal: this.#reach - 1 }[padding];
    const isWhole = kernelSize === 1 && stride === 1;
    const windows = isWhole ? x : unfold(x, { length, count: steps, window: kernelSize, stride, dilation, before });
    const [batch, own] = [x.shape[0] as number, this.inputSize / groups];
    if (groups === 1) {
      const weight = reshape(permute(this.weight, [0, 2, 1]), [outputSize, kernelSize * own]);
      return linear(reshape(windows, [batch, steps, kernelSize * own]), weight, this.bias ?? undefined);
    }
    const parts = permute(reshape(windows, [batch * steps, kernelSize, groups, own]), [2, 0, 1, 3]);
    const weights = permute(reshape(this.weight, [groups, outputSize / groups, own, kernelSize]), [0, 1, 3, 2]);
    const products = matmul(
      reshape(parts, [groups, batch * steps, kernelSize * own]),
      reshape(weights, [groups, outputSize / groups, kernelSize * own]),
      { transposeB: true },
    );
    const y = reshape(permute(products, [1, 0, 2]), [batch, steps, outputSize]);
    return this.bias ? add(y, this.bias) : y;
  }
}
