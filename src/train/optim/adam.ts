import * as kernels from "../../kernels/generated/optimizer.ts";
import type { KernelHandle } from "../../kernels/later.ts";
import { flag, nonNegative } from "../../options.ts";
import {
  averageKind,
  checkOptimizer,
  elementwiseOptimizer,
  type Optimizer,
  type OptimizerOptions,
} from "./optimizer.ts";

/** Options of `nadam` and `nadamW`. */
export interface NadamOptions extends OptimizerOptions {
  /** Factor of the average of gradients; 0.9. */
  readonly beta1?: number;
  /** Factor of the average of their squares; 0.999. */
  readonly beta2?: number;
  /** Added to the root under the update; 1e-8. */
  readonly epsilon?: number;
}

/** Options of `adam` and `adamW`. */
export interface AdamOptions extends NadamOptions {
  /** Divides by the root of the largest average of squares so far, as PyTorch's (Reddi et al. 2018); false. */
  readonly amsgrad?: boolean;
}

const nadamKinds = { beta1: averageKind, beta2: averageKind, epsilon: nonNegative };
const adamKinds = { ...nadamKinds, amsgrad: flag };

function adamLike(
  name: string,
  kernel: KernelHandle,
  variant: string,
  defaultDecay: number,
  options: NadamOptions,
  states: readonly string[] = ["m", "v"],
): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = defaultDecay } = options;
  return elementwiseOptimizer({
    name,
    states,
    learningRate,
    groups: options.groups,
    decays: options.decays,
    averages: [beta1, beta2],
    kernel,
    variant,
    params: { beta1, beta2, epsilon },
    weightDecay,
  });
}

function adamOrAmsgrad(name: string, variant: string, defaultDecay: number, options: AdamOptions): Optimizer {
  checkOptimizer(name, options, adamKinds);
  return options.amsgrad
    ? adamLike(name, kernels.amsgrad, variant, defaultDecay, options, ["m", "v", "v_max"])
    : adamLike(name, kernels.adamw, variant, defaultDecay, options);
}

function nadamLike(name: string, defaultDecay: number, options: NadamOptions): Optimizer {
  checkOptimizer(name, options, nadamKinds);
  return adamLike(name, kernels.adamw, name.toLowerCase(), defaultDecay, options);
}

/** AdamW's update of some of another optimizer's segments, whose first states are m and v. */
export const adamWOf = (options: NadamOptions): Optimizer => adamLike("adamW", kernels.adamw, "default", 0.01, options);

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's: weight decay 0.01 unless given.
 *
 * @example
 * ```ts
 * import { optim, schedules } from "seqgrad";
 *
 * const optimizer = optim.adamW({
 *   learningRate: schedules.warmUp(schedules.cosine(3e-4, { steps: 5000 }), { steps: 100 }),
 *   decays: (name) => name.endsWith("weight"),
 * });
 * ```
 */
export const adamW = (options: AdamOptions = {}): Optimizer => adamOrAmsgrad("adamW", "default", 0.01, options);

/** Adam (Kingma and Ba 2015); weight decay, if any, is added to the gradient. */
export const adam = (options: AdamOptions = {}): Optimizer => adamOrAmsgrad("adam", "adam", 0, options);

/**
 * Adam with Nesterov's momentum (Dozat 2016), as optax's, whose beta1 stays the same; weight decay, if any, is added to the
 * gradient.
 */
export const nadam = (options: NadamOptions = {}): Optimizer => nadamLike("nadam", 0, options);

/** `nadam` with decoupled weight decay: 0.01 unless given. */
export const nadamW = (options: NadamOptions = {}): Optimizer => nadamLike("nadamW", 0.01, options);
