/** Data for training, without a GPU: `seqgrad/data`. What it takes from other packages is loaded when it is used. */
export type { Numbers, NumericArray, Shaped } from "./arrays.ts";
export { type Batch, Batches, type BatchState, type LengthNames } from "./batches/batches.ts";
export type { Arrays } from "./batches/fields.ts";
export type { BatchOptions } from "./batches/options.ts";
export { type Padded, type PadOptions, padSequences } from "./batches/pad.ts";
export { BatchStream, type Example, type Examples, type StreamOptions } from "./batches/stream.ts";
export { type StreamBatch, StreamBatches } from "./batches/stream-batches.ts";
export { CharTokenizer, type CharTokenizerJson } from "./text/char-tokenizer.ts";
