/** Attention by itself, 4 heads of 64, and a small Transformer. */
import type { BenchCase } from "../types.ts";
import type { AttentionWork, TransformerWork } from "./work.ts";

const lengths = [256, 512, 1024, 2048, 4096];

export const attentionCase = (length: number, causal: boolean, pass: AttentionWork["pass"]): BenchCase => ({
  name: `attention-n${length}${causal ? "-causal" : ""}-${pass}`,
  suite: "attention",
  work: { kind: "attention", pass, batch: 1, heads: 4, length, dim: 64, causal },
  engines: ["seqgrad", "tfjs", "jax", ...(pass === "forward" ? ["onnx" as const] : [])],
  quick: length === 512,
});

const small = { kind: "transformer", dModel: 128, heads: 4, layers: 4, vocabulary: 64 } as const;

const transformer = (name: string, work: Omit<TransformerWork, keyof typeof small>): BenchCase => ({
  name: `transformer-${name}`,
  suite: "attention",
  work: { ...small, ...work },
  engines: ["seqgrad"],
});

export const attentionCases: readonly BenchCase[] = [
  ...lengths.flatMap((length) =>
    [false, true].flatMap((causal) =>
      (["forward", "training"] as const).map((pass) => attentionCase(length, causal, pass)),
    ),
  ),
  transformer("b8-t128-training", { pass: "training", batch: 8, length: 128 }),
  ...[10, 1000].map((length) => transformer(`decode-at-${length}`, { pass: "decode", batch: 1, length })),
];
