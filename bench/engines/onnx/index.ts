/** ONNX Runtime Web with its WebGPU execution provider: inference. Inputs and outputs stay on the GPU. */
import { env, InferenceSession, Tensor } from "onnxruntime-web/webgpu";
import { uniformData } from "../../cases/data.ts";
import type { ForwardWork } from "../../cases/work.ts";
import { type Engine, type Prepared, timed, Unsupported } from "../engine.ts";
import { exchangeAxes } from "../layout.ts";
import { prepareAttention } from "./attention.ts";
import { onnxModel } from "./model.ts";
import { onGpu, readOne } from "./tensors.ts";

export const onnx: Engine = {
  async start() {
    env.logLevel = "error";
    // beside this module
    const [mjs, wasm] = ["./onnx.js", "./onnx.wasm"].map((file) => new URL(file, import.meta.url).href);
    env.wasm.wasmPaths = { mjs: mjs as string, wasm: wasm as string };
    env.wasm.numThreads = 1;
  },
  async prepare(work) {
    if (work.kind === "attention" && work.pass === "forward") return prepareAttention(work);
    if (work.kind !== "forward" && work.kind !== "steps") throw new Unsupported("ONNX Runtime Web only infers");
    return prepareLayers(work);
  },
};

type Tensors = Record<string, Tensor>;

async function prepareLayers(work: ForwardWork): Promise<Prepared> {
  const { batch, time, hidden, cell, kind } = work;
  const model = onnxModel(work);
  const data = exchangeAxes(uniformData("x", [batch, time, hidden]), batch, time, hidden);
  const states = cell === "LSTM" ? ["h", "c"] : ["h"];
  const zeros = (): Tensors =>
    kind === "steps"
      ? Object.fromEntries(
          states.map((name) => [
            `${name}0`,
            new Tensor("float32", new Float32Array(batch * hidden), [1, batch, hidden]),
          ]),
        )
      : {};
  const output = kind === "steps" ? "h" : "y";
  const [{ session, first }, firstCallMs] = await timed(async () => {
    const session = await InferenceSession.create(model, {
      executionProviders: ["webgpu"],
      preferredOutputLocation: "gpu-buffer",
      graphOptimizationLevel: "all",
    });
    const x = new Tensor("float32", data, [time, batch, hidden]);
    const found = await session.run({ x, ...zeros() });
    const first = Float32Array.from(await (found[output] as Tensor).getData());
    for (const each of Object.values(found)) each.dispose();
    return { session, first };
  });
  const device = await env.webgpu.device;
  const x = onGpu(device, data, [time, batch, hidden]);
  return {
    firstCallMs,
    answers: { outputs: exchangeAxes(first, time, batch, hidden) },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          let feeds: Tensors = { x, ...zeros() };
          let last: Tensors = {};
          for (let i = 0; i < steps; i++) {
            const next = await session.run(feeds);
            for (const each of Object.values(last)) each.dispose();
            last = next;
            if (kind === "steps") {
              feeds = { x, ...Object.fromEntries(states.map((name) => [`${name}0`, next[name] as Tensor])) };
            }
          }
          queued();
          await readOne(device, last[output] as Tensor);
          for (const each of Object.values(last)) each.dispose();
        },
      },
    ],
    dispose: () => void session.release(),
  };
}
