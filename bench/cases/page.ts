/** What a visitor of the playground may compare in a browser of their own, each in three sizes. */
import type { BenchCase, EngineName } from "../types.ts";
import { attentionCase } from "./attention.ts";
import { forwardCase, trainingCase } from "./layers.ts";
import type { TrainingWork } from "./work.ts";

export const pageSizes = ["tiny", "small", "large"] as const;
export type PageSize = (typeof pageSizes)[number];

interface Extents {
  readonly hidden: number;
  readonly batch: number;
  readonly time: number;
  /** Of attention. */
  readonly length: number;
}

const extents: Readonly<Record<PageSize, Extents>> = {
  tiny: { hidden: 16, batch: 4, time: 8, length: 64 },
  small: { hidden: 64, batch: 32, time: 32, length: 512 },
  large: { hidden: 256, batch: 32, time: 128, length: 2048 },
};

/** Characters to vectors, an LSTM, the likelihood of the next one: a whole model, with Adam. */
function model({ hidden, batch, time }: Extents): BenchCase {
  const characters = 64;
  const work: TrainingWork = {
    kind: "training",
    batch,
    time,
    input: { form: "indices", features: characters },
    parts: [
      { type: "Embedding", entries: characters, features: hidden },
      { type: "LSTM", input: hidden, hidden, sequences: true },
      { type: "Dense", input: hidden, size: characters },
    ],
    loss: "crossEntropy",
    targets: [batch, time],
    optimizer: "adam",
  };
  return {
    name: `characters-h${hidden}-b${batch}-t${time}-training`,
    suite: "workloads",
    work,
    engines: ["seqgrad", "tfjs"],
  };
}

const forward = (cell: "LSTM" | "GRU", engines: readonly EngineName[]) => (sizes: Extents) => {
  const { hidden, batch, time } = sizes;
  return { ...forwardCase("forward", { cell, hidden, batch, time, layers: 1 }), engines };
};
const training = (cell: "LSTM" | "GRU", engines: readonly EngineName[]) => (sizes: Extents) => {
  const { hidden, batch, time } = sizes;
  return trainingCase({ cell, hidden, batch, time, layers: 1 }, engines);
};

/** Those who can do it stand in each. */
export const pageWorks = {
  "lstm-forward": { title: "LSTM, forward", make: forward("LSTM", ["seqgrad", "tfjs", "jax", "onnx"]) },
  "lstm-training": { title: "LSTM, training step", make: training("LSTM", ["seqgrad", "tfjs", "jax"]) },
  // TensorFlow.js has none that resets after the product
  "gru-forward": { title: "GRU, forward", make: forward("GRU", ["seqgrad", "jax", "onnx"]) },
  "gru-training": { title: "GRU, training step", make: training("GRU", ["seqgrad", "jax"]) },
  "attention-forward": {
    title: "Causal attention, forward",
    make: ({ length }: Extents) => attentionCase(length, true, "forward"),
  },
  "attention-training": {
    title: "Causal attention, gradients",
    make: ({ length }: Extents) => attentionCase(length, true, "training"),
  },
  characters: { title: "Character model, training step", make: model },
} as const;
export type PageWork = keyof typeof pageWorks;
export const pageWorkNames = Object.keys(pageWorks) as PageWork[];

export const pageCase = (work: PageWork, size: PageSize): BenchCase => pageWorks[work].make(extents[size]);

export const pageCases: readonly BenchCase[] = pageSizes.flatMap((size) =>
  pageWorkNames.map((work) => pageCase(work, size)),
);

/** What a size is, in a few letters. */
export function extentsOf(size: PageSize): string {
  const { hidden, batch, time, length } = extents[size];
  return `${hidden} units, batch ${batch}, ${time} steps; attention over ${length}`;
}
