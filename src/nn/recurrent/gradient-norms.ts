import type { Value } from "../../graph/value.ts";
import { sqrt, square } from "../../ops/elementwise.ts";
import { gradients } from "../../ops/gradients.ts";
import { zeros } from "../../ops/layout.ts";
import { sum } from "../../ops/reduce.ts";
import type { LayerTrace } from "./options.ts";

/**
 * Norm of dL/dh_t for each step t, [time]: how far back the loss reaches in each layer that `inspect` traced. Where it
 * falls towards zero the gradient vanishes, where it grows it explodes (Bengio et al. 1994; Pascanu et al. 2013). The
 * gradient counts all ways on which h_t takes part in the loss.
 */
export function gradientNorms(loss: Value, layers: readonly LayerTrace[]): Value[] {
  const found = gradients(
    loss,
    layers.map(({ probe }) => probe),
  );
  return layers.map(({ probe }, i) => {
    const gradient = found[i];
    return gradient ? sqrt(sum(square(gradient), [1, 2])) : zeros([probe.shape[0] as number]);
  });
}
