export { type StreamBatch, StreamBatches } from "./stream-batches.ts";
export { CharTokenizer, type CharTokenizerJson } from "./tokenizer.ts";
