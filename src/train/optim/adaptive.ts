import * as kernels from "../../kernels/generated/optimizer.ts";
import { checkOptions, type KindsOf, nonNegative, share } from "../../options.ts";
import { lowerUpdate, type Optimizer, optimizerKinds, type Schedule } from "./optimizer.ts";

/** Options of `rmsprop`. */
export interface RmspropOptions {
  readonly learningRate?: Schedule;
  /** Decay of the average of squares (PyTorch's alpha). */
  readonly smoothing?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

const rmspropKinds: KindsOf<RmspropOptions> = {
  ...optimizerKinds,
  smoothing: share,
  epsilon: nonNegative,
  momentum: share,
};

/** RMSprop (Hinton, Coursera lecture 6e), as PyTorch's. */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkOptions("rmsprop", options, rmspropKinds);
  const { learningRate = 1e-2, smoothing = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  return {
    name: "rmsprop",
    states: ["square_average", "velocity"],
    learningRate,
    decays: options.decays,
    lower(to, segment, context) {
      const params = { smoothing, epsilon, momentum, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, kernels.rmsprop, ["square_average", "velocity"], segment, context, params);
    },
  };
}

/** Options of `adagrad`. */
export interface AdagradOptions {
  readonly learningRate?: Schedule;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

const adagradKinds: KindsOf<AdagradOptions> = { ...optimizerKinds, epsilon: nonNegative };

/** Adagrad (Duchi et al. 2011), as PyTorch's. */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  checkOptions("adagrad", options, adagradKinds);
  const { learningRate = 1e-2, epsilon = 1e-10, weightDecay = 0 } = options;
  return {
    name: "adagrad",
    states: ["accumulator"],
    learningRate,
    decays: options.decays,
    lower(to, segment, context) {
      const params = { epsilon, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, kernels.adagrad, ["accumulator"], segment, context, params);
    },
  };
}
