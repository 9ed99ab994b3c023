import type { Case } from "../../../harness/case.ts";
import { deviceSamplingCases } from "./device-sampling.ts";
import { generationCases } from "./generation.ts";
import { decoderNotFiniteCases } from "./not-finite.ts";
import { recurrentDecoderCases } from "./recurrent-decoder.ts";
import { samplingCases } from "./sampling.ts";
import { seq2seqDecodingCases } from "./seq2seq-decoding.ts";
import { seq2seqSamplingCases } from "./seq2seq-sampling.ts";
import { transformerDecodingCases } from "./transformer-decoding.ts";

export const generateCases: readonly Case[] = [
  ...transformerDecodingCases,
  ...recurrentDecoderCases,
  ...decoderNotFiniteCases,
  ...generationCases,
  ...samplingCases,
  ...deviceSamplingCases,
  ...seq2seqDecodingCases,
  ...seq2seqSamplingCases,
];
