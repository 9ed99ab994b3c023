/**
 * Data for training, without a GPU: `seqgrad/data`. What it takes from other packages is loaded when it is used.
 *
 * @module seqgrad/data
 */
export type { Numbers, NumericArray, Shaped } from "./arrays.ts";
export { type Features, type LogMelOptions, logMel, type MfccOptions, mfcc } from "./audio/features.ts";
export { type MelOptions, melFilters } from "./audio/mel.ts";
export { resample } from "./audio/resample.ts";
export { decodeWav, encodeWav, type Sound, type Wav } from "./audio/wav.ts";
export { type Batch, Batches, type BatchState, type LengthNames } from "./batches/batches.ts";
export type { Arrays } from "./batches/fields.ts";
export type { BatchOptions } from "./batches/options.ts";
export { type Padded, type PadOptions, padSequences } from "./batches/pad.ts";
export { BatchStream, type Example, type Examples, type StreamOptions } from "./batches/stream.ts";
export { type StreamBatch, StreamBatches } from "./batches/stream-batches.ts";
export { type CsvOptions, type PapaParse, readCsv } from "./files/csv.ts";
export { type ColumnType, CsvTable } from "./files/csv-table.ts";
export { decodeNpy, encodeNpy } from "./files/npy.ts";
export { type CalendarFeatures, type CalendarOptions, type CalendarPart, calendarFeatures } from "./series/calendar.ts";
export {
  type DifferenceOptions,
  type Differences,
  difference,
  type IntegrateOptions,
  integrate,
} from "./series/difference.ts";
export { type Deduplicated, type DuplicateOptions, dropDuplicates } from "./series/duplicates.ts";
export { type Filled, type FillMethod, type FillOptions, fillMissing } from "./series/missing.ts";
export { type Bounds, findOutliers, type OutlierOptions, type Outliers } from "./series/outliers.ts";
export { Scaler, type ScalerJson, type ScalerKind, type ScalerOptions } from "./series/scaler.ts";
export type { Float64Table, Table, Times } from "./series/table.ts";
export { type WindowOptions, type Windows, windows } from "./series/windows.ts";
export {
  type CrossValidateOptions,
  crossValidate,
  type Make,
  type Score,
  type Scores,
} from "./splits/cross-validate.ts";
export {
  type FoldOptions,
  type ForwardOptions,
  forwardChaining,
  groupKFold,
  kFold,
  stratifiedKFold,
} from "./splits/folds.ts";
export { type Holdout, type HoldoutOptions, holdout } from "./splits/holdout.ts";
export type { Labels, Split } from "./splits/options.ts";
export {
  type Choice,
  type Range,
  type SearchOptions,
  type SearchResult,
  type Space,
  search,
  type Trial,
} from "./splits/search.ts";
export { takeRows } from "./splits/take-rows.ts";
export { ByteTokenizer, type ByteTokenizerJson } from "./text/byte-tokenizer.ts";
export { CharTokenizer, type CharTokenizerJson } from "./text/char-tokenizer.ts";
export { type HuggingFaceLibrary, type HuggingFaceOptions, HuggingFaceTokenizer } from "./text/hugging-face.ts";
export { tokenizerFromJSON } from "./text/load.ts";
export type { EncodeOptions, SpecialNames, SpecialTokens, Tokenizer } from "./text/tokenizer.ts";
export { type WordOptions, WordTokenizer, type WordTokenizerJson } from "./text/word-tokenizer.ts";
