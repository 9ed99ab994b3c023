import { lowerUpdate, type Optimizer, requireRange, type Schedule } from "./optimizer.ts";

export interface SgdOptions {
  readonly learningRate?: Schedule;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

/** Stochastic gradient descent with momentum (Polyak 1964; Nesterov's as in Sutskever et al. 2013), as PyTorch's. */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate = 1e-2, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  requireRange("sgd", "momentum", momentum, 0, 1);
  requireRange("sgd", "dampening", dampening, 0, 1);
  requireRange("sgd", "weightDecay", weightDecay, 0, Number.MAX_VALUE);
  return {
    name: "sgd",
    states: ["velocity"],
    learningRate,
    decays: options.decays,
    scalars: (_, rate) => [rate],
    lower(to, segment, context) {
      const decay = segment.decays ? weightDecay : 0;
      const params = { momentum, dampening, nesterov: nesterov ? 1 : 0, weight_decay: decay };
      lowerUpdate(to, "sgd", ["velocity"], segment, context, params, momentum === 0 ? "plain" : "default");
    },
  };
}
