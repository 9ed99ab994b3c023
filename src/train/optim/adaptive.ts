import * as kernels from "../../kernels/generated/optimizer.ts";
import { nonNegative, share } from "../../options.ts";
import { checkOptimizer, elementwiseOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";

/** Options of `rmsprop`. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the average of squares (PyTorch's alpha). */
  readonly smoothing?: number;
  /** Added to the root under the update; 1e-8. */
  readonly epsilon?: number;
  /** Share of the last update that is made again; 0. */
  readonly momentum?: number;
}

/** RMSprop (Hinton, Coursera lecture 6e), as PyTorch's. */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkOptimizer("rmsprop", options, { smoothing: share, epsilon: nonNegative, momentum: share });
  const { learningRate = 1e-2, smoothing = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  return elementwiseOptimizer({
    name: "rmsprop",
    states: ["square_average", "velocity"],
    unused: momentum === 0 ? ["velocity"] : [],
    learningRate,
    groups: options.groups,
    decays: options.decays,
    kernel: kernels.rmsprop,
    params: { smoothing, epsilon, momentum },
    weightDecay,
  });
}

/** Options of `adagrad`. */
export interface AdagradOptions extends OptimizerOptions {
  /** Added to the root under the update; 1e-10. */
  readonly epsilon?: number;
}

/** Adagrad (Duchi et al. 2011), as PyTorch's. */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  checkOptimizer("adagrad", options, { epsilon: nonNegative });
  const { learningRate = 1e-2, epsilon = 1e-10, weightDecay = 0 } = options;
  return elementwiseOptimizer({
    name: "adagrad",
    states: ["accumulator"],
    learningRate,
    groups: options.groups,
    decays: options.decays,
    kernel: kernels.adagrad,
    params: { epsilon },
    weightDecay,
  });
}
