import { ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape, sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { layerNorm, rmsNorm } from "../ops/rows/norm.ts";
import {
  anElement,
  checkArgument,
  checkOptions,
  either,
  flag,
  type KindsOf,
  listOf,
  nonNegative,
  required,
} from "../options.ts";
import { constant, zero } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

/** How many features, or the extents of the last axes that are normalised together (PyTorch's `normalized_shape`). */
type Features = number | readonly number[];

/** The extents of the axes. */
function extentsOf(layer: string, features: Features): readonly number[] {
  checkArgument(layer, "features", features, required(either(anElement, listOf(anElement, "numbers"))));
  const extents = typeof features === "number" ? [features] : [...features];
  for (const extent of extents) requireSizes(layer, { features: extent });
  if (extents.length === 0) throw new ShapeError(`${layer}: features are empty, expected at least one extent`);
  return extents;
}

/** The last axes of x, which must have these extents. */
function requireFeatures(layer: string, x: Value, features: Features): number[] {
  requireValues(layer, { x });
  const extents = extentsOf(layer, features);
  if (!sameShape(x.shape.slice(-extents.length), extents)) {
    throw new ShapeError(
      `${layer}: input has shape ${formatShape(x.shape)}, expected [..., features] = [..., ${extents.join(", ")}]`,
    );
  }
  return extents.map((_, i) => x.rank - extents.length + i);
}

/** Options of `LayerNorm` and `RMSNorm`. */
export interface NormOptions {
  /** Added to the variance: keeps rows of equal numbers finite. */
  readonly epsilon?: number;
  /** Whether to learn a factor for each feature (and LayerNorm a bias). */
  readonly affine?: boolean;
  /** Whether LayerNorm learns a bias beside the factor. */
  readonly bias?: boolean;
}

const normKinds: KindsOf<NormOptions> = { epsilon: nonNegative, affine: flag, bias: flag };
const { bias: _, ...rmsKinds } = normKinds;

/** Layer normalisation over the last axis, or several (Ba, Kiros and Hinton 2016), parameters as PyTorch's: `weight` 1, `bias` 0. */
export class LayerNorm extends Module {
  /** Factor of each feature; null without `affine`. */
  readonly weight: Parameter | null;
  /** Added to each feature; null without `affine` or `bias`. */
  readonly bias: Parameter | null;
  /** Added to the variance; 1e-5 unless given. */
  readonly epsilon: number;

  constructor(
    readonly features: Features,
    options: NormOptions = {},
  ) {
    super();
    checkOptions("LayerNorm", options, normKinds);
    const { epsilon = 1e-5, affine = true, bias = affine } = options;
    const extents = extentsOf("LayerNorm", features);
    this.weight = affine ? new Parameter(extents, constant(1)) : null;
    this.bias = affine && bias ? new Parameter(extents, zero) : null;
    this.epsilon = epsilon;
  }

  /** x [..., features] → the same shape. Throws ShapeError for other last extents. */
  forward(x: Value): Value {
    const axes = requireFeatures("LayerNorm", x, this.features);
    return layerNorm(x, this.weight ?? undefined, this.bias ?? undefined, { epsilon: this.epsilon, axes });
  }
}

/** Normalisation by the root of the mean square over the last axis, or several (Zhang and Sennrich 2019); `weight` starts at 1. */
export class RMSNorm extends Module {
  /** Factor of each feature; null without `affine`. */
  readonly weight: Parameter | null;
  /** Added to the mean square; 1e-5 unless given. */
  readonly epsilon: number;

  constructor(
    readonly features: Features,
    options: Omit<NormOptions, "bias"> = {},
  ) {
    super();
    checkOptions("RMSNorm", options, rmsKinds);
    const { epsilon = 1e-5, affine = true } = options;
    const extents = extentsOf("RMSNorm", features);
    this.weight = affine ? new Parameter(extents, constant(1)) : null;
    this.epsilon = epsilon;
  }

  /** x [..., features] → the same shape. Throws ShapeError for other last extents. */
  forward(x: Value): Value {
    const axes = requireFeatures("RMSNorm", x, this.features);
    return rmsNorm(x, this.weight ?? undefined, { epsilon: this.epsilon, axes });
  }
}
