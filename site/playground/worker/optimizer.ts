import { optim, schedules } from "seqgrad";
import type { Settings } from "../settings.ts";

type Rate = number | ((step: number) => number);

export function scheduleOf({ schedule, rate, steps }: Settings): Rate {
  switch (schedule) {
    case "constant":
      return rate;
    case "cosine": {
      const rise = Math.max(1, Math.min(50, Math.ceil(steps / 20)));
      return schedules.warmUp(schedules.cosine(rate, { steps: Math.max(1, steps - rise), end: rate / 20 }), {
        steps: rise,
      });
    }
    case "oneCycle":
      return schedules.oneCycle(rate, { steps });
    case "step":
      return schedules.joined(
        [rate, rate / 10, rate / 100],
        [Math.max(1, Math.floor(steps / 2)), Math.max(2, Math.floor((3 * steps) / 4))],
      );
    case "exponential":
      return schedules.exponential(rate, { factor: 0.01 ** (1 / Math.max(1, steps)) });
  }
}

export function optimizerOf(settings: Settings): optim.Optimizer {
  const learningRate = scheduleOf(settings);
  switch (settings.optimizer) {
    case "adamW":
      return optim.adamW({ learningRate });
    case "adam":
      return optim.adam({ learningRate });
    case "nadam":
      return optim.nadam({ learningRate });
    case "lion":
      return optim.lion({ learningRate });
    case "rmsprop":
      return optim.rmsprop({ learningRate });
    case "adagrad":
      return optim.adagrad({ learningRate });
    case "sgd":
      return optim.sgd({ learningRate, momentum: 0.9 });
  }
}
