/** How our time grows: with the length for layers that scan in parallel and for the LSTM, and for it with T, B and H. */
import type { BenchCase } from "../types.ts";
import type { ForwardWork } from "./work.ts";

const minimal = (time: number): BenchCase => ({
  name: `minimal-t${time}`,
  suite: "scaling",
  work: { kind: "minimal", batch: 8, time, hidden: 64 },
  // the LSTM as long as its steps, one after the other, come to an end
  engines: time > 4096 ? ["seqgrad", "minlstm"] : ["seqgrad", "minlstm", "lstm"],
  quick: time === 128,
});

const lstm = (name: string, sizes: Pick<ForwardWork, "batch" | "time" | "hidden">): BenchCase => ({
  name: `lstm-by-${name}-h${sizes.hidden}-b${sizes.batch}-t${sizes.time}`,
  suite: "scaling",
  work: {
    kind: "training",
    batch: sizes.batch,
    time: sizes.time,
    input: { form: "normal", features: sizes.hidden },
    parts: [{ type: "LSTM", input: sizes.hidden, hidden: sizes.hidden, sequences: true }],
    loss: "square",
    targets: [sizes.batch, sizes.time, sizes.hidden],
    optimizer: "sgd",
  },
  engines: ["seqgrad"],
});

export const scalingCases: readonly BenchCase[] = [
  ...[128, 256, 512, 1024, 2048, 4096, 8192].map(minimal),
  ...[16, 64, 256, 1024].map((time) => lstm("t", { time, batch: 16, hidden: 64 })),
  ...[4, 16, 64, 256].map((batch) => lstm("b", { time: 32, batch, hidden: 64 })),
  ...[32, 64, 128, 256, 512].map((hidden) => lstm("h", { time: 32, batch: 16, hidden })),
];
