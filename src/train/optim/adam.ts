import * as kernels from "../../kernels/generated/optimizer.ts";
import { checkOptions, type KindsOf, nonNegative } from "../../options.ts";
import { averageKind, lowerUpdate, type Optimizer, optimizerKinds, type Schedule } from "./optimizer.ts";

/** Options of `adam` and `adamW`. */
export interface AdamOptions {
  readonly learningRate?: Schedule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  /** Which parameters decay, by name. */
  readonly decays?: (name: string) => boolean;
}

const kinds: KindsOf<AdamOptions> = {
  ...optimizerKinds,
  beta1: averageKind,
  beta2: averageKind,
  epsilon: nonNegative,
};

function adamLike(name: string, variant: "default" | "adam", defaultDecay: number, options: AdamOptions): Optimizer {
  checkOptions(name, options, kinds);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = defaultDecay } = options;
  return {
    name,
    states: ["m", "v"],
    learningRate,
    decays: options.decays,
    averages: [beta1, beta2],
    lower(to, segment, context) {
      const params = { beta1, beta2, epsilon, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, kernels.adamw, ["m", "v"], segment, context, params, variant);
    },
  };
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's: weight decay 0.01 unless given. */
export const adamW = (options: AdamOptions = {}): Optimizer => adamLike("adamW", "default", 0.01, options);

/** Adam (Kingma and Ba 2015); weight decay, if any, is added to the gradient. */
export const adam = (options: AdamOptions = {}): Optimizer => adamLike("adam", "adam", 0, options);
