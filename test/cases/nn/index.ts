import type { Case } from "../../../harness/case.ts";
import { convolutionCases } from "./convolution.ts";
import { initializerCases } from "./initializers.ts";
import { statisticsCases } from "./running-statistics.ts";
import { seq2seqCases } from "./seq2seq.ts";
import { transformerCases } from "./transformer.ts";

export const nnCases: readonly Case[] = [
  ...initializerCases,
  ...convolutionCases,
  ...statisticsCases,
  ...transformerCases,
  ...seq2seqCases,
];
