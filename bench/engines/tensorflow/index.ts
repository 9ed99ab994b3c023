/**
 * TensorFlow.js with its WebGPU backend, in two configurations: its own choice of matmul program, and its packed one for
 * all. Losses are never read in a step, as `trainOnBatch` would.
 */

import { type Engine, Unsupported } from "../engine.ts";
import { prepareAttention } from "./attention.ts";
import { prepareForward } from "./forward.ts";
import { prepareKernel } from "./kernels.ts";
import { tf } from "./library.ts";
import { prepareTraining } from "./training.ts";

export const tensorflow: Engine = {
  async start() {
    tf.env().set("PROD", true);
    if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js found no WebGPU");
    await tf.ready();
  },
  async prepare(work) {
    switch (work.kind) {
      case "training":
        return prepareTraining(work);
      case "attention":
        return prepareAttention(work);
      case "forward":
      case "steps":
        return prepareForward(work);
      case "transformer":
      case "minimal":
        throw new Unsupported(`not run by TensorFlow.js: ${work.kind}`);
      default:
        return prepareKernel(work);
    }
  },
};
