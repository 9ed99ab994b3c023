/** Training steps of what people train with TensorFlow.js: its examples and their data's sizes. */
import type { BenchCase } from "../types.ts";
import type { Part, TrainingWork } from "./work.ts";

const lstm = (input: number, hidden: number, sequences: boolean, bidirectional = false): Part => ({
  type: "LSTM",
  input,
  hidden,
  sequences,
  bidirectional,
});
const dense = (input: number, size: number) => ({ type: "Dense", input, size }) as const;

/** Digits and signs in, one at a time; three digits out (tfjs-examples/addition-rnn). */
const addition: TrainingWork = {
  kind: "training",
  batch: 128,
  time: 5,
  input: { form: "oneHot", features: 12 },
  parts: [lstm(12, 128, false), { type: "Repeat", times: 3 }, lstm(128, 128, true), dense(128, 12)],
  loss: "crossEntropy",
  targets: [128, 3],
  optimizer: "adam",
};

/** The next character after each window (tfjs-examples/lstm-text-generation). */
const textGeneration = (time: number, layers: number): TrainingWork => ({
  kind: "training",
  batch: 128,
  time,
  input: { form: "oneHot", features: 60 },
  parts: [...Array.from({ length: layers }, (_, i) => lstm(i === 0 ? 60 : 128, 128, i < layers - 1)), dense(128, 60)],
  loss: "crossEntropy",
  targets: [128],
  optimizer: "rmsprop",
});

/** Temperature a day ahead from ten days of hourly measurements (tfjs-examples/jena-weather). */
const weather: TrainingWork = {
  kind: "training",
  batch: 128,
  time: 240,
  input: { form: "normal", features: 14 },
  parts: [{ type: "GRU", input: 14, hidden: 32, sequences: false }, dense(32, 1)],
  loss: "absolute",
  targets: [128, 1],
  optimizer: "rmsprop",
};

/** Film reviews, good or bad (tfjs-examples/sentiment). */
const sentiment: TrainingWork = {
  kind: "training",
  batch: 128,
  time: 100,
  input: { form: "indices", features: 10_000 },
  parts: [{ type: "Embedding", entries: 10_000, features: 128 }, lstm(128, 32, false, true), dense(64, 1)],
  loss: "binary",
  targets: [128, 1],
  optimizer: "adam",
};

/** English to French by characters, with the right answer so far as the decoder's input (tfjs-examples/translation). */
const translation: TrainingWork = {
  kind: "training",
  batch: 64,
  time: 59,
  input: { form: "oneHot", features: 93 },
  encoder: { time: 16, features: 71, hidden: 256 },
  parts: [lstm(93, 256, true), dense(256, 93)],
  loss: "crossEntropy",
  targets: [64, 59],
  optimizer: "rmsprop",
};

/** A tag for each word's vector (tfjs-examples/intent-classifier). */
const tagging: TrainingWork = {
  kind: "training",
  batch: 32,
  time: 30,
  input: { form: "normal", features: 512 },
  parts: [lstm(512, 30, true, true), dense(60, 3)],
  loss: "crossEntropy",
  targets: [32, 30],
  optimizer: "adam",
};

/** Dates as people write them to ISO, with attention from each letter to those read (tfjs-examples/date-conversion-attention). */
const dates: TrainingWork = {
  kind: "training",
  batch: 128,
  time: 10,
  input: { form: "oneHot", features: 13 },
  encoder: { time: 12, features: 35, hidden: 64 },
  parts: [lstm(13, 64, true), { type: "DotAttention" }, { ...dense(128, 64), activation: "tanh" }, dense(64, 13)],
  loss: "crossEntropy",
  targets: [128, 10],
  optimizer: "adam",
};

const named = (name: string, work: TrainingWork, quick = false): BenchCase => ({
  name,
  suite: "workloads",
  work,
  engines: ["seqgrad", "tfjs"],
  quick,
});

export const workloadCases: readonly BenchCase[] = [
  named("addition", addition, true),
  named("text-generation-1x128-t40", textGeneration(40, 1)),
  named("text-generation-2x128-t40", textGeneration(40, 2)),
  named("text-generation-1x128-t60", textGeneration(60, 1)),
  named("text-generation-2x128-t60", textGeneration(60, 2)),
  named("weather", weather),
  named("sentiment", sentiment),
  named("translation", translation),
  named("tagging", tagging, true),
  named("date-conversion", dates),
];
