/** Single operations. */
import type { BenchCase, EngineName } from "../types.ts";
import type { KernelWork } from "./work.ts";

const named = (name: string, work: KernelWork, engines: readonly EngineName[], quick = false): BenchCase => ({
  name,
  suite: "kernels",
  work,
  engines: ["seqgrad", ...engines],
  quick,
});

const matmul = (m: number, k: number, n: number, quick = false) =>
  named(`matmul-${m}x${k}x${n}`, { kind: "matmul", m, k, n }, ["tfjs", "jax"], quick);

export const kernelCases: readonly BenchCase[] = [
  ...[256, 512, 1024, 2048].map((n) => matmul(n, n, n, n === 256)),
  // What a step multiplies: 16 to 64 rows of state by the recurrent weights of all gates.
  ...[16, 32, 64].flatMap((rows) => [128, 256, 512].map((hidden) => matmul(rows, hidden, 4 * hidden))),
  ...[
    [1024, 64],
    [4096, 1000],
  ].map(([rows = 0, columns = 0]) =>
    named(`softmax-${rows}x${columns}`, { kind: "softmax", rows, columns }, ["tfjs", "jax"], columns === 64),
  ),
  named("embedding-4096-of-10000x128", { kind: "embedding", rows: 4096, entries: 10_000, features: 128 }, ["tfjs"]),
  ...[
    [1024, 64],
    [4096, 1000],
  ].map(([rows = 0, classes = 0]) =>
    named(`cross-entropy-${rows}x${classes}`, { kind: "crossEntropy", rows, classes }, ["tfjs"]),
  ),
  named("adam-1m", { kind: "update", parameters: 2 ** 20 }, ["tfjs"]),
];
