/** What a GPU is asked first (`npm run gpu`), beside PyTorch; in no suite's default. */
import type { BenchCase } from "../types.ts";
import { forwardCase, type LayerSizes, trainingCase } from "./layers.ts";

const layers: readonly LayerSizes[] = [
  ...[128, 256, 512, 1024].map((hidden) => ({ cell: "LSTM", hidden, batch: 32, time: 128, layers: 1 }) as const),
  { cell: "GRU", hidden: 256, batch: 32, time: 128, layers: 1 },
  { cell: "LSTM", hidden: 768, batch: 16, time: 1024, layers: 1 },
];

/** [batch, heads, length, dim]: a head of each width that kernels tell apart. */
const attentions = [
  [8, 16, 1024, 64],
  [8, 16, 1024, 128],
  [8, 8, 1024, 256],
  [1, 16, 4096, 64],
] as const;

const matmuls = [1024, 2048, 4096];

/** Ours alone: PyTorch runs the same work in a process of its own. */
const alone = (each: BenchCase): BenchCase => ({ ...each, engines: ["seqgrad"], quick: false });

export const gpuCases: readonly BenchCase[] = [
  ...layers.flatMap((sizes) => [alone(forwardCase("forward", sizes)), alone(trainingCase(sizes, ["seqgrad"]))]),
  ...attentions.flatMap(([batch, heads, length, dim]) =>
    (["forward", "training"] as const).map(
      (pass): BenchCase => ({
        name: `attention-b${batch}-h${heads}-n${length}-d${dim}-causal-${pass}`,
        suite: "attention",
        work: { kind: "attention", pass, batch, heads, length, dim, causal: true },
        engines: ["seqgrad"],
      }),
    ),
  ),
  ...matmuls.map(
    (n): BenchCase => ({
      name: `matmul-${n}x${n}x${n}`,
      suite: "kernels",
      work: { kind: "matmul", m: n, k: n, n },
      engines: ["seqgrad"],
    }),
  ),
];
