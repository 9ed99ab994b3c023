import { aValue, requireValues } from "../../graph/arguments.ts";
import type { Value } from "../../graph/value.ts";
import { div, maximum, mul } from "../../ops/elementwise/elementwise.ts";
import { abs, sqrt, square } from "../../ops/elementwise/unary.ts";
import { reshape, zeros } from "../../ops/layout/layout.ts";
import { gradients } from "../../ops/loop/gradients.ts";
import { max } from "../../ops/rows/extrema.ts";
import { sum } from "../../ops/rows/reduce.ts";
import { checkArgument, listOf, object, required } from "../../options.ts";
import type { LayerTrace } from "./options.ts";

/**
 * Norm of dL/dh_t for each step t, [time]: how far back the loss reaches in each layer that `inspect` traced. Where it
 * falls towards zero the gradient vanishes, where it grows it explodes (Bengio et al. 1994; Pascanu et al. 2013). The
 * gradient counts all ways on which h_t takes part in the loss.
 */
export function gradientNorms(loss: Value, layers: readonly LayerTrace[]): Value[] {
  requireValues("gradientNorms", { loss });
  const isTrace = {
    ...object,
    fits: (layer: unknown) => object.fits(layer) && aValue.fits((layer as LayerTrace).probe),
  };
  checkArgument("gradientNorms", "layers", layers, required(listOf(isTrace, "layers as inspect gives them")));
  const found = gradients(
    loss,
    layers.map(({ probe }) => probe),
  );
  return layers.map(({ probe }, i) => {
    const gradient = found[i];
    return gradient ? normOfSteps(gradient) : zeros([probe.shape[0] as number]);
  });
}

/** Smallest normal float32: what a step without gradient is divided by. */
const SMALLEST = 1.2e-38;

/** Scaled by the largest element before squaring: gradients that vanish or explode are just what is to be seen here. */
function normOfSteps(gradient: Value): Value {
  const largest = maximum(max(abs(gradient), [1, 2], { keepDims: true }), SMALLEST);
  const norms = sqrt(sum(square(div(gradient, largest)), [1, 2]));
  return mul(norms, reshape(largest, norms.shape));
}
