import { lowerUpdate, type Optimizer, requireRange, type Schedule } from "./optimizer.ts";

export interface AdamOptions {
  readonly learningRate?: Schedule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  /** Which parameters decay, by name. */
  readonly decays?: (name: string) => boolean;
}

function adamLike(name: string, variant: "default" | "adam", defaultDecay: number, options: AdamOptions): Optimizer {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = defaultDecay } = options;
  requireRange(name, "beta1", beta1, 0, 1 - 1e-9);
  requireRange(name, "beta2", beta2, 0, 1 - 1e-9);
  requireRange(name, "epsilon", epsilon, 0, Number.MAX_VALUE);
  requireRange(name, "weightDecay", weightDecay, 0, Number.MAX_VALUE);
  return {
    name,
    states: ["m", "v"],
    learningRate,
    decays: options.decays,
    // 1 − βᵗ loses its digits in float32, so it is worked out here in float64, of the β that the kernel computes with
    scalars: (step, rate) => [rate, 1 - Math.fround(beta1) ** step, 1 - Math.fround(beta2) ** step],
    lower(to, segment, context) {
      const params = { beta1, beta2, epsilon, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, "adamw", ["m", "v"], segment, context, params, variant);
    },
  };
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's: weight decay 0.01 unless given. */
export const adamW = (options: AdamOptions = {}): Optimizer => adamLike("adamW", "default", 0.01, options);

/** Adam (Kingma and Ba 2015); weight decay, if any, is added to the gradient. */
export const adam = (options: AdamOptions = {}): Optimizer => adamLike("adam", "adam", 0, options);
