// A valid call of each function of seqgrad/data that the main entry does not have.
import * as huggingFace from "@huggingface/tokenizers";
// @ts-expect-error: it has no types of its own
import Papa from "papaparse";
import * as data from "../../src/data/index.ts";
import type { Rows } from "./rows.ts";

const arrays = () => ({ x: [[1, 2], [3, 4], [5]], y: [1, 2, 3] });
const batchOptions = () => ({
  batchSize: 2,
  shuffle: 1,
  dropLast: false,
  lengths: { x: "lengths" },
  buckets: [2, 4],
  pad: { side: "left", value: 1 },
});
const batches = () => new data.Batches(arrays(), batchOptions() as data.BatchOptions);
const stream = () => new data.BatchStream([{ x: [1, 2] }, { x: [3, 4] }], { batchSize: 2, shuffle: 1 });
const bytes = () => new data.ByteTokenizer({ special: { start: "<s>" } });
const words = () => data.WordTokenizer.fit(["a b"], { special: { start: "<s>" } });
const tokenizerFile = () => ({
  ...{ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] },
  model: { type: "WordPiece", vocab: { a: 0, b: 1, "[UNK]": 2 }, unk_token: "[UNK]" },
});
// a namespace, whose fields are no options
const library = Object.assign(new (class Library {})(), huggingFace);
const peer = await data.HuggingFaceTokenizer.load(tokenizerFile());
const sound = () => ({ sampleRate: 8000, channels: [Float32Array.of(0, 0.5)] });
const samples = new Float32Array(100);
const mel = { mels: 4, minFrequency: 0, maxFrequency: 4000, scale: "htk", norm: "none" };
const frames = { ...mel, sampleRate: 8000, windowSize: 60, hop: 20, fftSize: 64, center: true, topDecibels: 80 };
const papaparse = Object.assign(new (class Library {})(), Papa);
const table = await data.readCsv("a,b\n1,x");

export const dataRows: Rows = {
  "new Batches": () => [arrays(), batchOptions()],
  "Batches#next": () => [batches()],
  "Batches#state": () => [batches()],
  "Batches#restore": () => [batches(), batches().state()],
  "new BatchStream": () => [[{ x: [1], y: 2 }], { ...batchOptions(), shuffleBuffer: 4, prefetch: 1 }],
  "BatchStream#state": () => [stream()],
  "BatchStream#restore": () => [stream(), stream().state()],
  padSequences: () => [[[1, 2], [3]], { length: 3, side: "left", truncate: "right", mode: "constant", value: 1 }],
  "Scaler.fit": () => [
    [
      [1, 2],
      [3, 4],
    ],
    { kind: "robust", quantiles: [0.1, 0.9], range: undefined },
  ],
  "Scaler.fromJSON": () => [{ type: "scaler", center: [1], scale: [2] }],
  "Scaler#transform": () => [data.Scaler.fit([1, 2]), [1, 2, 3]],
  "Scaler#inverse": () => [data.Scaler.fit([[1, 2]]), [1, 2], { columns: [1] }],
  "Scaler#toJSON": () => [data.Scaler.fit([1, 2])],
  fillMissing: () => [
    [1, Number.NaN, 3],
    { method: "linear", means: [1], times: [1, 2, 3], rest: "nearest", maskChannels: true },
  ],
  dropDuplicates: () => [[1, 2, 2], { times: [1, 2, 2], keep: "mean" }],
  findOutliers: () => [[1, 2, 9], { method: "mad", threshold: 2, action: "clip", bounds: [[0, 3]] }],
  windows: () => [
    [[1], [2], [3], [4], [5]],
    { window: 2, horizon: 1, gap: 1, stride: 1, inputs: [0], outputs: [0], missing: "keep" },
  ],
  difference: () => [[1, 2, 4, 8], { lag: 1, order: 2 }],
  integrate: () => [[1, 2], { start: [[5]], end: undefined }],
  calendarFeatures: () => [[0, "2020-01-01"], { parts: ["hour", "weekend"], encoding: "number", offset: 60 }],
  "new ByteTokenizer": () => [{ special: { pad: "<pad>", start: "<s>", end: "</s>" } }],
  "ByteTokenizer.fromJSON": () => [{ type: "bytes", special: {} }],
  "ByteTokenizer#encode": () => [bytes(), "ab", { start: true, end: false }],
  "ByteTokenizer#decode": () => [bytes(), [97, 98]],
  "ByteTokenizer#toJSON": () => [bytes()],
  "WordTokenizer.fit": () => [
    ["a b"],
    { size: 9, oov: "<unk>", lower: true, split: "words", special: { pad: "<pad>", start: "<s>", end: "</s>" } },
  ],
  "WordTokenizer.fromJSON": () => [words().toJSON()],
  "WordTokenizer#encode": () => [words(), "a b", { start: true, end: false }],
  "WordTokenizer#decode": () => [words(), [1]],
  "WordTokenizer#toJSON": () => [words()],
  "HuggingFaceTokenizer.load": () => [tokenizerFile(), { config: undefined, library }],
  "HuggingFaceTokenizer#encode": () => [peer, "a", { special: true }],
  "HuggingFaceTokenizer#decode": () => [peer, [0]],
  "HuggingFaceTokenizer#tokenOf": () => [peer, "a"],
  "HuggingFaceTokenizer#toJSON": () => [peer],
  tokenizerFromJSON: () => [{ type: "bytes", special: {} }],
  decodeWav: () => [data.encodeWav(sound()), "a.wav"],
  encodeWav: () => [sound(), { bits: 24, isFloat: false }],
  decodeNpy: () => [data.encodeNpy(Float32Array.of(1, 2)), "a.npy"],
  encodeNpy: () => [Float32Array.of(1, 2), [2, 1]],
  resample: () => [Float32Array.of(1, 2), { from: 2, to: 3 }],
  melFilters: () => [{ ...mel, sampleRate: 8000, fftSize: 64 }],
  logMel: () => [samples, { ...frames, log: "decibel" }],
  mfcc: () => [samples, { ...frames, coefficients: 2 }],
  readCsv: () => [
    "a;b\n1,5;x",
    { delimiter: ";", header: true, missing: ["NA"], decimal: ",", name: "a.csv", types: undefined, papaparse },
  ],
  "CsvTable#numbers": () => [table, "a"],
  "CsvTable#column": () => [table, "a"],
  "CsvTable#text": () => [table, "b"],
  kFold: () => [6, { folds: 2, shuffle: 1 }],
  stratifiedKFold: () => [[0, 1, 0, 1], { folds: 2, shuffle: 1 }],
  groupKFold: () => [["a", "b", "a"], { folds: 2 }],
  forwardChaining: () => [9, { folds: 2, testSize: 2, maxTrainSize: 3, gap: 1 }],
  holdout: () => [8, { test: 0.25, validation: 2, shuffle: 1, stratify: [0, 1, 0, 1, 0, 1, 0, 1], groups: undefined }],
  takeRows: () => [{ x: [1, 2], y: Int32Array.of(1, 2) }, [1]],
  crossValidate: () => [() => 1, { x: [1, 2, 3] }, { folds: 2, shuffle: 1 }],
  search: () => [
    () => ({ a: 1 }),
    { x: [1, 2, 3] },
    { space: { h: [1, 2] }, trials: 2, seed: 1, goal: "max", metric: "a", folds: 2, shuffle: 1 },
  ],
};

const state = "a saved position: data";

/** By function and place, why it is not options. */
export const dataRecords: Readonly<Record<string, string>> = {
  "Batches#restore 0": state,
  "BatchStream#restore 0": state,
  "encodeWav 0": "a sound: data",
};

/** By name, why there is none. */
export const dataWithoutRow: Readonly<Record<string, string>> = {};
