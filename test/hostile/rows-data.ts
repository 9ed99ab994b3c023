// A valid call of what handles text, numbers, rates and files: the arguments; of a method the object first.
import * as sg from "../../src/index.ts";
import type { Rows } from "./rows.ts";

const matrix = () => ({ shape: [2, 2], data: new Float32Array(4) });

const streamBatches = () => new sg.StreamBatches(new Int32Array(20), { batch: 2, seqLen: 3 });

export const dataAndFiles: Rows = {
  "new CharTokenizer": () => ["abc"],
  "CharTokenizer.fromJSON": () => [{ type: "characters", characters: ["a"] }],
  "CharTokenizer.fromText": () => ["abc"],
  "CharTokenizer#decode": () => [new sg.CharTokenizer("abc"), [0, 1]],
  "CharTokenizer#encode": () => [new sg.CharTokenizer("abc"), "ab"],
  "CharTokenizer#toJSON": () => [new sg.CharTokenizer("abc")],
  "new StreamBatches": () => [Int32Array.from({ length: 20 }, (_, k) => k), { batch: 2, seqLen: 3 }],
  "StreamBatches#next": () => [streamBatches()],
  "StreamBatches#state": () => [streamBatches()],
  "StreamBatches#restore": () => [streamBatches(), streamBatches().state()],
  encodeSafetensors: () => [new Map([["w", matrix()]]), { note: "text" }],
  decodeSafetensors: () => [sg.encodeSafetensors(new Map([["w", matrix()]])), "w.safetensors"],
  fromKeras: () => [
    "SimpleRNN",
    [matrix(), matrix()],
    { suffix: "_l0", bidirectional: false, resetAfter: true, singleBias: false },
  ],
  toKeras: () => [
    "SimpleRNN",
    sg.fromKeras("SimpleRNN", [matrix(), matrix()]),
    { suffix: "_l0", bidirectional: false, resetAfter: true, singleBias: false },
  ],
  ctcBeamSearch: () => [[1, 2, 3, 4], { shape: [1, 2, 2], beams: 2, lengths: [1], blank: 1 }],
  sampleToken: () => [[1, 2, 3], { temperature: 1, topK: 2, topP: 0.9, repetitionPenalty: 1.2 }, () => 0.5, [1]],
  tokenProbabilities: () => [[1, 2, 3], { temperature: 1, topK: 2, topP: 0.9, repetitionPenalty: 1.2 }, [1]],
  "metrics.bleu": () => [["a b"], ["a c"], { tokenize: "words", maxOrder: 2, lower: true, smoothing: "none" }],
  "metrics.characterErrorRate": () => [["ab"], ["ac"]],
  "metrics.chrf": () => [["a b"], ["a c"], { characterOrder: 2, wordOrder: 1, beta: 1, lower: true }],
  "metrics.rouge": () => [["a b"], ["a c"], { order: 1 }],
  "metrics.wordErrorRate": () => [["a b"], ["a c"]],
  "schedules.constant": () => [0.1],
  "schedules.cosine": () => [0.1, { steps: 5, end: 0.01 }],
  "schedules.cosineRestarts": () => [0.1, { steps: 5, growth: 2, factor: 0.5, end: 0.01 }],
  "schedules.exponential": () => [0.1, { factor: 0.5, steps: 5, staircase: true, end: 0.01 }],
  "schedules.inverseSquareRoot": () => [0.1, { warmUp: 5 }],
  "schedules.joined": () => [[0.1, 0.2], [5]],
  "schedules.oneCycle": () => [0.1, { steps: 5, rise: 0.3, startDivisor: 10, endDivisor: 10, shape: "linear" }],
  "schedules.plateau": () => [0.1, { factor: 0.5, patience: 1, mode: "max", thresholdMode: "absolute" }],
  "schedules.polynomial": () => [0.1, { steps: 5, end: 0.01, power: 2 }],
  "schedules.step": () => [0.1, { every: 5, factor: 0.5 }],
  "schedules.warmUp": () => [0.1, { steps: 5, start: 0 }],
  seededRandom: () => [1, 0],
  tokenRandom: () => [1, 0, 2],
  localStorageTuning: () => ["key"],
  indexedDbTuning: () => ["database"],
  indexedDbCheckpoints: () => ["database", { keep: 2, best: "max" }],
  memoryCheckpoints: () => [{ keep: 2, best: "max" }],
};
