import type { Engine } from "../engine.ts";
import { prepareAttention, prepareTransformer } from "./attention.ts";
import { prepareForward } from "./forward.ts";
import { prepareKernel } from "./kernels.ts";
import { prepareMinimal, prepareTraining } from "./training.ts";

export const seqgrad: Engine = {
  async start() {},
  prepare(work, { device, engine }) {
    switch (work.kind) {
      case "training":
        return prepareTraining(device, work);
      case "attention":
        return prepareAttention(device, work);
      case "transformer":
        return prepareTransformer(device, work);
      case "minimal":
        return prepareMinimal(device, work, engine);
      case "forward":
      case "steps":
        return prepareForward(device, work);
      default:
        return prepareKernel(device, work);
    }
  },
};
