/**
 * Attention for ONNX Runtime Web: MatMul, Softmax, MatMul. A graph with its fused MultiHeadAttention disagreed with ours on
 * SwiftShader; whether by our graph or by its kernel was not found out.
 */
import { env, InferenceSession, type Tensor } from "onnxruntime-web/webgpu";
import { attentionData } from "../../cases/data.ts";
import type { AttentionWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { attribute, FLOAT, node, port, tensor } from "./model.ts";
import { encode, type Field } from "./protobuf.ts";
import { onGpu, readOne } from "./tensors.ts";

export async function prepareAttention(work: AttentionWork): Promise<Prepared> {
  const { batch, heads, length, dim } = work;
  const data = attentionData(work);
  const model = encode([
    [1, 8],
    [7, graphOf(work)],
    [
      8,
      [
        [1, ""],
        [2, 17],
      ],
    ],
  ]);
  const [{ session, device, feeds, y }, firstCallMs] = await timed(async () => {
    const session = await InferenceSession.create(model, {
      executionProviders: ["webgpu"],
      preferredOutputLocation: "gpu-buffer",
      graphOptimizationLevel: "all",
    });
    const device = await env.webgpu.device;
    const names = ["q", "k", "v"] as const;
    const feeds: Record<string, Tensor> = Object.fromEntries(
      names.map((name) => [name, onGpu(device, data[name], [batch, heads, length, dim])]),
    );
    const found = (await session.run(feeds)).y as Tensor;
    const y = Float32Array.from(await found.getData());
    found.dispose();
    return { session, device, feeds, y };
  });
  return {
    firstCallMs,
    answers: { y },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          let last: Tensor | undefined;
          for (let i = 0; i < steps; i++) {
            last?.dispose();
            last = (await session.run(feeds)).y as Tensor;
          }
          queued();
          await readOne(device, last as Tensor);
          last?.dispose();
        },
      },
    ],
    dispose: () => void session.release(),
  };
}

function graphOf({ batch, heads, length, dim, causal }: AttentionWork): Field[] {
  const shape = [batch, heads, length, dim];
  const scalar = (name: string, x: number) => tensor(name, [], FLOAT, Float32Array.of(x));
  return [
    [2, "attention"],
    node("Transpose", ["k"], ["turned"], [permutation]),
    node("Mul", ["q", "scale"], ["scaled"]),
    node("MatMul", ["scaled", "turned"], ["scores"]),
    ...(causal
      ? [node("Add", ["scores", "mask"], ["masked"]), tensor("mask", [length, length], FLOAT, causalMask(length))]
      : []),
    node("Softmax", [causal ? "masked" : "scores"], ["weights"], [attribute("axis", 3)]),
    node("MatMul", ["weights", "v"], ["y"]),
    scalar("scale", 1 / Math.sqrt(dim)),
    ...["q", "k", "v"].map((name) => port(11, name, shape)),
    port(12, "y", shape),
  ];
}

/** perm = 0 1 3 2 */
const permutation: Field = [5, [[1, "perm"], ...[0, 1, 3, 2].map((axis): Field => [8, axis]), [20, 7]]];

function causalMask(length: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(-1e9, i * length + i + 1, (i + 1) * length);
  return mask;
}
