import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
// also for the gradients, which it registers with the core
import * as layers from "@tensorflow/tfjs-layers";
import type { Configuration } from "../engine.ts";

export { layers, tf };

/** Numbers of its matmul programs (MatMulProgramType): chosen by shape, or the packed one. */
const matmulPrograms = { "as it comes": -1, "packed matmul": 3 } as const;

const flag = "WEBGPU_MATMUL_PROGRAM_TYPE";

export const packedMatmul = <T>(what: () => T): T => {
  tf.env().set(flag, matmulPrograms["packed matmul"]);
  const result = what();
  tf.env().set(flag, matmulPrograms["as it comes"]);
  return result;
};

/**
 * A step in each configuration. `step` may give a tensor; one number of it, or of `probe`, is read at the end.
 * @param probe what to read where steps give nothing
 */
export function configurationsOf(step: () => tf.Tensor | undefined, probe?: () => tf.Tensor): Configuration[] {
  return Object.entries(matmulPrograms).map(([name, program]) => ({
    name,
    async run(steps, queued) {
      tf.env().set(flag, program);
      let last: tf.Tensor | undefined;
      for (let i = 0; i < steps; i++) {
        last?.dispose();
        last = step();
      }
      // It records what steps do and submits some at a time: all that is recorded belongs to the steps.
      const backend = tf.backend() as unknown as WebGPUBackend;
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      queued();
      const source = last ?? (probe?.() as tf.Tensor);
      const one = tf.tidy(() => tf.slice(tf.reshape(source, [source.size]), 0, 1));
      const [value] = await one.data();
      one.dispose();
      last?.dispose();
      if (!Number.isFinite(value)) throw new Error(`TensorFlow.js gives ${value}`);
    },
  }));
}
