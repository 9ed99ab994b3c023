import { ArgumentError } from "../../errors.ts";
import * as kernels from "../../kernels/generated/optimizer.ts";
import { flag, share } from "../../options.ts";
import { checkOptimizer, elementwiseOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";

/** Options of `sgd`. */
export interface SgdOptions extends OptimizerOptions {
  /** Share of the last direction that stays in the next; 0. */
  readonly momentum?: number;
  /** Share of the gradient that is left out of the direction; 0. Needs momentum. */
  readonly dampening?: number;
  /** Looks ahead along the direction; false. Needs momentum. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with momentum (Polyak 1964; Nesterov's as in Sutskever et al. 2013), as PyTorch's. */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptimizer("sgd", options, { momentum: share, dampening: share, nesterov: flag });
  const { learningRate = 1e-2, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  if (momentum === 0 && (nesterov || dampening > 0)) {
    throw new ArgumentError(
      `sgd: ${nesterov ? "nesterov" : "dampening"} does nothing where momentum is 0, expected some; give momentum: 0.9, say`,
    );
  }
  return elementwiseOptimizer({
    name: "sgd",
    states: ["velocity"],
    unused: momentum === 0 ? ["velocity"] : [],
    learningRate,
    groups: options.groups,
    decays: options.decays,
    kernel: kernels.sgd,
    variant: momentum === 0 ? "plain" : "default",
    params: { momentum, dampening, nesterov: nesterov ? 1 : 0 },
    weightDecay,
  });
}
