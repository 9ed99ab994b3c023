import type { EngineName } from "../types.ts";
import type { Engine } from "./engine.ts";
import { seqgrad } from "./seqgrad/index.ts";

/** Peers and earlier commits are loaded when they are asked for: hosts without them, and runs without them, never see their packages. */
const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  seqgrad: async () => seqgrad,
  before: async () => (await import("./before.ts")).before,
  minlstm: async () => seqgrad,
  lstm: async () => seqgrad,
  tfjs: async () => (await import("./tensorflow/index.ts")).tensorflow,
  jax: async () => (await import("./jax/index.ts")).jax,
  onnx: async () => (await import("./onnx/index.ts")).onnx,
};

export const loadEngine = (name: EngineName): Promise<Engine> => engines[name]();
