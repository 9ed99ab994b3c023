import type { BenchCase } from "../types.ts";
import { attentionCases } from "./attention.ts";
import { gpuCases } from "./gpu.ts";
import { kernelCases } from "./kernels.ts";
import { layerCases } from "./layers.ts";
import { pageCases } from "./page.ts";
import { scalingCases } from "./scaling.ts";
import { workloadCases } from "./workloads.ts";

/** A small one for the smoke run of the tests, in no suite's default. */
export const smokeCase: BenchCase = {
  name: "smoke",
  suite: "workloads",
  work: {
    kind: "training",
    batch: 4,
    time: 3,
    input: { form: "oneHot", features: 5 },
    parts: [
      { type: "LSTM", input: 5, hidden: 8, sequences: false },
      { type: "Dense", input: 8, size: 5 },
    ],
    loss: "crossEntropy",
    targets: [4],
    optimizer: "adam",
  },
  engines: ["seqgrad", "tfjs"],
};

export const benchCases: readonly BenchCase[] = [
  ...workloadCases,
  ...layerCases,
  ...kernelCases,
  ...attentionCases,
  ...scalingCases,
];

export function findCase(name: string): BenchCase {
  const found = [...benchCases, ...pageCases, ...gpuCases, smokeCase].find((each) => each.name === name);
  if (!found) throw new Error(`no case is called ${name}`);
  return found;
}
