import { ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { isTraining } from "../graph/mode.ts";
import { Parameter } from "../graph/parameter.ts";
import { pendingParameter, updateParameter } from "../graph/parameter-updates.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { batchNorm, normalize } from "../ops/rows/batch-norm.ts";
import { checkOptions, flag, nonNegative, share } from "../options.ts";
import { type LengthsOptions, lengthsFor } from "./conv.ts";
import { constant, zero } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

/** Options of `BatchNorm`. */
export interface BatchNormOptions {
  /** Added to the variance; 1e-5. */
  readonly epsilon?: number;
  /** How far a training step moves the running statistics towards the batch's; 0.1. Keras's momentum is 1 less this. */
  readonly momentum?: number;
  /** Whether to learn a factor and a bias for each feature; true. */
  readonly affine?: boolean;
}

/**
 * Normalisation of each feature over the batch (Ioffe and Szegedy 2015): x [..., features], over all axes but the last. In training by
 * the mean and the variance of the batch; a Trainer's step moves `running_mean` and `running_var` (of the variance the unbiased
 * one, as in PyTorch) towards them on the GPU, unless the step is skipped. In inference by the running ones. These are saved
 * with the parameters, and not trained; PyTorch's `num_batches_tracked` is not kept. Programs compiled with `training: true`
 * normalise by the batch and leave the running ones as they are.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const norm = new nn.BatchNorm(64);
 * const normed = (x: Value, lengths: Value) => norm.forward(x, { lengths }); // [batch, time, 64], padded
 * ```
 */
export class BatchNorm extends Module {
  /** [features], from 1 on; null without `affine`. */
  readonly weight: Parameter | null;
  /** [features], from 0 on; null without `affine`. */
  readonly bias: Parameter | null;
  /** [features], from 0 on; no optimizer trains it. */
  readonly running_mean: Parameter;
  /** [features], from 1 on; no optimizer trains it. */
  readonly running_var: Parameter;
  /** As in the options. */
  readonly epsilon: number;
  /** As in the options. */
  readonly momentum: number;

  constructor(
    readonly features: number,
    options: BatchNormOptions = {},
  ) {
    super();
    requireSizes("BatchNorm", { features });
    checkOptions<BatchNormOptions>("BatchNorm", options, { epsilon: nonNegative, momentum: share, affine: flag });
    const { epsilon = 1e-5, momentum = 0.1, affine = true } = options;
    this.weight = affine ? new Parameter([features], constant(1)) : null;
    this.bias = affine ? new Parameter([features], zero) : null;
    this.running_mean = new Parameter([features], zero);
    this.running_var = new Parameter([features], constant(1));
    this.running_mean.trainable = false;
    this.running_var.trainable = false;
    this.epsilon = epsilon;
    this.momentum = momentum;
  }

  /** With `lengths` for x [batch, time, ..., features] the steps behind them do not count, and give zeros. */
  forward(x: Value, options: LengthsOptions = {}): Value {
    requireValues("BatchNorm", { x });
    if (x.rank < 2 || x.shape.at(-1) !== this.features || x.dtype !== "float32") {
      throw new ShapeError(
        `BatchNorm: input is ${x.dtype} ${formatShape(x.shape)}, expected float32 [batch, ..., features] = [batch, ..., ${this.features}]`,
      );
    }
    const lengths = lengthsFor("BatchNorm", x, options);
    const given = { x, lengths, weight: this.weight ?? undefined, bias: this.bias ?? undefined };
    const { epsilon, momentum, running_mean: mean, running_var: variance } = this;
    if (!isTraining()) return normalize({ ...given, mean, variance }, epsilon);
    if (x.shape.slice(0, -1).every((extent) => extent === 1)) {
      throw new ShapeError(
        `BatchNorm: input has shape ${formatShape(x.shape)}, expected more than one row in training: the variance of one is 0`,
      );
    }
    const before = { mean: pendingParameter(mean), variance: pendingParameter(variance) };
    const { y, next } = batchNorm({ ...given, ...before }, { epsilon, momentum });
    updateParameter(mean, next.mean);
    updateParameter(variance, next.variance);
    return y;
  }
}
