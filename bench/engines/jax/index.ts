/**
 * jax-js, each step one jitted function: the input's matmul before the loop, the loop unrolled. Configurations differ in how
 * the gates are cut: from one matmul's result, or from a matmul for each gate.
 */
import { defaultDevice, init } from "@jax-js/jax";
import { type Engine, Unsupported } from "../engine.ts";
import { prepareAttention } from "./attention.ts";
import { prepareForward, prepareSteps } from "./forward.ts";
import { prepareKernel } from "./kernels.ts";
import { prepareTraining } from "./training.ts";

export const jax: Engine = {
  async start() {
    if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js found no WebGPU");
    defaultDevice("webgpu");
  },
  async prepare(work, { configuration }) {
    switch (work.kind) {
      case "training":
        return prepareTraining(work, configuration);
      case "forward":
        return prepareForward(work, configuration);
      case "steps":
        return prepareSteps(work, configuration);
      case "attention":
        return prepareAttention(work);
      case "matmul":
      case "softmax":
        return prepareKernel(work);
      default:
        throw new Unsupported(`not written for jax-js: ${work.kind}`);
    }
  },
};
