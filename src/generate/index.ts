export { type BeamSearchOptions, beamSearch, type Hypothesis } from "./beam-search.ts";
export { type CtcBeamSearchOptions, type CtcHypothesis, ctcBeamSearch } from "./ctc-beam-search.ts";
export type { Decoder } from "./decoder.ts";
export { type Generated, type GenerateOptions, generate, generateTokens } from "./generate.ts";
export type { Prompt } from "./prompt.ts";
export { type Random, seededRandom, tokenRandom } from "./random.ts";
export { createRecurrentDecoder, type RecurrentDecoderOptions } from "./recurrent-decoder.ts";
export { type SamplingOptions, sampleToken, tokenProbabilities } from "./sampling.ts";
export { createSeq2SeqDecoder, type Seq2SeqDecoder, type Seq2SeqDecoderOptions } from "./seq2seq-decoder.ts";
export {
  createTransformerDecoder,
  type TransformerDecoderOptions,
  type TransformerLMDecoder,
} from "./transformer-decoder.ts";
export { type SlidingWindowOptions, slidingWindow } from "./window.ts";
