/** Recurrent layers by themselves: forward, training, and one step at a time. */
import type { BenchCase, EngineName } from "../types.ts";
import type { CellName, ForwardWork, TrainingWork } from "./work.ts";

export interface LayerSizes {
  readonly cell: CellName;
  readonly hidden: number;
  readonly batch: number;
  readonly time: number;
  readonly layers: number;
}

const nameOf = ({ cell, hidden, batch, time, layers }: LayerSizes, mode: string): string =>
  `${cell.toLowerCase()}-h${hidden}-b${batch}-t${time}-l${layers}-${mode}`;

export const forwardCase = (kind: "forward" | "steps", sizes: LayerSizes, quick = false): BenchCase => ({
  name: nameOf(sizes, kind),
  suite: "layers",
  work: { kind, ...sizes } satisfies ForwardWork,
  engines: ["seqgrad", "jax", "onnx"],
  quick,
});

/** Mean square of the distance to a target, gradients of all weights, and plain gradient descent. */
export const trainingCase = (sizes: LayerSizes, engines: readonly EngineName[], quick = false): BenchCase => {
  const { cell, hidden, batch, time, layers } = sizes;
  const work: TrainingWork = {
    kind: "training",
    batch,
    time,
    input: { form: "normal", features: hidden },
    parts: Array.from({ length: layers }, () => ({
      type: cell,
      input: hidden,
      hidden,
      sequences: true,
      resetAfter: true,
    })),
    loss: "square",
    targets: [batch, time, hidden],
    optimizer: "sgd",
  };
  return { name: nameOf(sizes, "training"), suite: "layers", work, engines, quick };
};

function* grid(): Generator<BenchCase> {
  for (const cell of ["LSTM", "GRU"] as const) {
    for (const hidden of [64, 128, 256, 512]) {
      yield forwardCase("steps", { cell, hidden, batch: 1, time: 1, layers: 1 });
      for (const batch of [1, 32]) {
        // Two layers only for the shorter sequences: each of these cases takes minutes on a software adapter.
        for (const [time, layers] of [
          [32, 1],
          [128, 1],
          [32, 2],
        ] as const) {
          const sizes = { cell, hidden, batch, time, layers };
          const quick = hidden === 64 && batch === 32 && time === 32 && layers === 1;
          yield forwardCase("forward", sizes, quick);
          yield trainingCase(sizes, ["seqgrad", "jax"], quick && cell === "LSTM");
        }
      }
    }
  }
}

/** What others are quickest to begin: few kernels, and small ones. */
function* small(): Generator<BenchCase> {
  const sizes = { hidden: 64, time: 32, layers: 1 };
  for (const batch of [16, 32]) {
    const rnn = { ...sizes, cell: "RNN", batch } as const;
    yield { ...forwardCase("forward", rnn), engines: ["seqgrad", "jax"] };
    yield trainingCase(rnn, ["seqgrad", "jax"]);
  }
  for (const cell of ["LSTM", "GRU"] as const) {
    yield forwardCase("forward", { ...sizes, cell, batch: 16 });
    yield trainingCase({ ...sizes, cell, batch: 16 }, ["seqgrad", "jax"]);
  }
}

export const layerCases: readonly BenchCase[] = [
  // The step whose first call all engines are asked for.
  trainingCase({ cell: "LSTM", hidden: 128, batch: 32, time: 64, layers: 1 }, ["seqgrad", "tfjs", "jax"]),
  ...grid(),
  ...small(),
];
