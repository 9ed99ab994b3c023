import { ShapeError } from "../errors.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { layerNorm, rmsNorm } from "../ops/norm.ts";
import { constant, zero } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

function requireFeatures(layer: string, x: Value, features: number): void {
  if (x.shape.at(-1) !== features) {
    throw new ShapeError(
      `${layer}: input has shape ${formatShape(x.shape)}, expected [..., features] = [..., ${features}]`,
    );
  }
}

export interface NormOptions {
  /** Added to the variance: keeps rows of equal numbers finite. */
  readonly epsilon?: number;
  /** Whether to learn a factor for each feature (and LayerNorm a bias). */
  readonly affine?: boolean;
  /** Whether LayerNorm learns a bias beside the factor. */
  readonly bias?: boolean;
}

/** Layer normalisation over the last axis (Ba, Kiros and Hinton 2016), parameters as PyTorch's: `weight` 1, `bias` 0. */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly epsilon: number;

  constructor(
    readonly features: number,
    { epsilon = 1e-5, affine = true, bias = affine }: NormOptions = {},
  ) {
    super();
    requireSizes("LayerNorm", { features });
    this.weight = affine ? new Parameter([features], constant(1)) : null;
    this.bias = affine && bias ? new Parameter([features], zero) : null;
    this.epsilon = epsilon;
  }

  forward(x: Value): Value {
    requireFeatures("LayerNorm", x, this.features);
    return layerNorm(x, this.weight ?? undefined, this.bias ?? undefined, this.epsilon);
  }
}

/** Normalisation by the root of the mean square over the last axis (Zhang and Sennrich 2019); `weight` starts at 1. */
export class RMSNorm extends Module {
  readonly weight: Parameter | null;
  readonly epsilon: number;

  constructor(
    readonly features: number,
    { epsilon = 1e-5, affine = true }: Omit<NormOptions, "bias"> = {},
  ) {
    super();
    requireSizes("RMSNorm", { features });
    this.weight = affine ? new Parameter([features], constant(1)) : null;
    this.epsilon = epsilon;
  }

  forward(x: Value): Value {
    requireFeatures("RMSNorm", x, this.features);
    return rmsNorm(x, this.weight ?? undefined, this.epsilon);
  }
}
