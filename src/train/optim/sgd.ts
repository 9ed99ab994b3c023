import * as kernels from "../../kernels/generated/optimizer.ts";
import { checkOptions, flag, type KindsOf, share } from "../../options.ts";
import { lowerUpdate, type Optimizer, optimizerKinds, type Schedule } from "./optimizer.ts";

/** Options of `sgd`. */
export interface SgdOptions {
  readonly learningRate?: Schedule;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly decays?: (name: string) => boolean;
}

const kinds: KindsOf<SgdOptions> = { ...optimizerKinds, momentum: share, dampening: share, nesterov: flag };

/** Stochastic gradient descent with momentum (Polyak 1964; Nesterov's as in Sutskever et al. 2013), as PyTorch's. */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions("sgd", options, kinds);
  const { learningRate = 1e-2, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  return {
    name: "sgd",
    states: ["velocity"],
    learningRate,
    decays: options.decays,
    lower(to, segment, context) {
      const decay = segment.decays ? weightDecay : 0;
      const params = { momentum, dampening, nesterov: nesterov ? 1 : 0, weight_decay: decay };
      lowerUpdate(to, kernels.sgd, ["velocity"], segment, context, params, momentum === 0 ? "plain" : "default");
    },
  };
}
