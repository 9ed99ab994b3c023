import type { Case } from "../../harness/case.ts";
import { argmaxCases } from "./argmax.ts";
import { attentionCases } from "./attention.ts";
import { longAttentionCases } from "./attention-long.ts";
import { attentionModuleCases } from "./attention-modules.ts";
import { positionCases } from "./attention-positions.ts";
import { attentionUnseenCases } from "./attention-unseen.ts";
import { binaryCases } from "./binary.ts";
import { cachedAttentionCases } from "./cached-attention.ts";
import { cacheCases } from "./caches.ts";
import { classifyCases } from "./classify.ts";
import { conventionCases } from "./conventions.ts";
import { decoderNotFiniteCases } from "./decoder-not-finite.ts";
import { diagnosisCases } from "./diagnosis.ts";
import { drawCases } from "./draws.ts";
import { dropoutCases } from "./dropout.ts";
import { failureCases } from "./failures.ts";
import { float16Cases } from "./float16.ts";
import { fuzzCases } from "./fuzz.ts";
import { gatedUnitCases } from "./gated-units.ts";
import { generationCases } from "./generation.ts";
import { gruCases } from "./gru.ts";
import { guardCases } from "./guard.ts";
import { hostileCases } from "./hostile.ts";
import { initializerCases } from "./initializers.ts";
import { innerGradientCases } from "./inner-gradients.ts";
import { integerCases } from "./integers.ts";
import { layerNormCases } from "./layer-norm.ts";
import { layoutCases } from "./layout.ts";
import { linearScanCases } from "./linear-scan.ts";
import { lstmCases } from "./lstm.ts";
import { maskedSoftmaxCases } from "./masked-softmax.ts";
import { matmulCases } from "./matmul.ts";
import { minimalCases } from "./minimal.ts";
import { minimalLayerCases } from "./minimal-layers.ts";
import { optimizerCases } from "./optimizers.ts";
import { overlappingWindowCases } from "./overlapping-windows.ts";
import { recurrentCases } from "./recurrent.ts";
import { recurrentAttentionCases } from "./recurrent-attention.ts";
import { recurrentDecoderCases } from "./recurrent-decoder.ts";
import { reduceCases } from "./reduce.ts";
import { rnnCases } from "./rnn.ts";
import { scanCases } from "./scan.ts";
import { seq2seqCases } from "./seq2seq.ts";
import { seq2seqDecodingCases } from "./seq2seq-decoding.ts";
import { seq2seqSamplingCases } from "./seq2seq-sampling.ts";
import { specialCases } from "./special/index.ts";
import { takeCases } from "./take.ts";
import { trainerCases } from "./trainer.ts";
import { trainingCases } from "./training.ts";
import { transformerCases } from "./transformer.ts";
import { transformerDecodingCases } from "./transformer-decoding.ts";
import { tuningCases } from "./tuning.ts";
import { unaryCases } from "./unary.ts";

/** Everything that must hold on every host. */
export const cases: readonly Case[] = [
  ...unaryCases,
  ...binaryCases,
  ...conventionCases,
  ...layoutCases,
  ...reduceCases,
  ...integerCases,
  ...takeCases,
  ...matmulCases,
  ...classifyCases,
  ...maskedSoftmaxCases,
  ...gatedUnitCases,
  ...float16Cases,
  ...lstmCases,
  ...gruCases,
  ...rnnCases,
  ...recurrentCases,
  ...scanCases,
  ...innerGradientCases,
  ...dropoutCases,
  ...drawCases,
  ...initializerCases,
  ...optimizerCases,
  ...trainerCases,
  ...guardCases,
  ...diagnosisCases,
  ...linearScanCases,
  ...minimalCases,
  ...minimalLayerCases,
  ...overlappingWindowCases,
  ...layerNormCases,
  ...attentionCases,
  ...attentionUnseenCases,
  ...attentionModuleCases,
  ...longAttentionCases,
  ...positionCases,
  ...cachedAttentionCases,
  ...cacheCases,
  ...transformerCases,
  ...transformerDecodingCases,
  ...recurrentDecoderCases,
  ...decoderNotFiniteCases,
  ...generationCases,
  ...argmaxCases,
  ...specialCases,
  ...recurrentAttentionCases,
  ...seq2seqCases,
  ...seq2seqDecodingCases,
  ...seq2seqSamplingCases,
  ...trainingCases,
  ...tuningCases,
  ...fuzzCases,
  ...failureCases,
  ...hostileCases,
];
