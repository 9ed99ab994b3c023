import { lowerUpdate, type Optimizer, requireRange, type Schedule } from "./optimizer.ts";

export interface RmspropOptions {
  readonly learningRate?: Schedule;
  /** Decay of the average of squares (PyTorch's alpha). */
  readonly smoothing?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

/** RMSprop (Hinton, Coursera lecture 6e), as PyTorch's. */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const { learningRate = 1e-2, smoothing = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  requireRange("rmsprop", "smoothing", smoothing, 0, 1);
  requireRange("rmsprop", "momentum", momentum, 0, 1);
  return {
    name: "rmsprop",
    states: ["square_average", "velocity"],
    learningRate,
    decays: options.decays,
    scalars: (_, rate) => [rate],
    lower(to, segment, context) {
      const params = { smoothing, epsilon, momentum, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, "rmsprop", ["square_average", "velocity"], segment, context, params);
    },
  };
}

export interface AdagradOptions {
  readonly learningRate?: Schedule;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

/** Adagrad (Duchi et al. 2011), as PyTorch's. */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const { learningRate = 1e-2, epsilon = 1e-10, weightDecay = 0 } = options;
  return {
    name: "adagrad",
    states: ["accumulator"],
    learningRate,
    decays: options.decays,
    scalars: (_, rate) => [rate],
    lower(to, segment, context) {
      const params = { epsilon, weight_decay: segment.decays ? weightDecay : 0 };
      lowerUpdate(to, "adagrad", ["accumulator"], segment, context, params);
    },
  };
}
