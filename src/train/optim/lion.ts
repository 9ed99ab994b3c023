import * as kernels from "../../kernels/generated/optimizer.ts";
import {
  averageKind,
  checkOptimizer,
  elementwiseOptimizer,
  type Optimizer,
  type OptimizerOptions,
} from "./optimizer.ts";

/** Options of `lion`. */
export interface LionOptions extends OptimizerOptions {
  /** Share of the average in what the sign is taken of; 0.9. */
  readonly beta1?: number;
  /** Factor of the average of gradients; 0.99. */
  readonly beta2?: number;
}

/**
 * Lion (Chen et al. 2023): steps by the sign of averaged gradients, each parameter as far as the learning rate, 1e-4 unless
 * given; it is to be 3 to 10 times smaller than AdamW's, and weight decay, which is decoupled and 0 unless given, as much larger.
 */
export function lion(options: LionOptions = {}): Optimizer {
  checkOptimizer("lion", options, { beta1: averageKind, beta2: averageKind });
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0, groups, decays } = options;
  return elementwiseOptimizer({
    name: "lion",
    states: ["m"],
    learningRate,
    groups,
    decays,
    kernel: kernels.lion,
    params: { beta1, beta2 },
    weightDecay,
  });
}
