import type { Case } from "../../../harness/case.ts";
import { argmaxCases } from "./argmax.ts";
import { classifyCases } from "./classify.ts";
import { cumsumCases } from "./cumsum.ts";
import { hitCases } from "./hits.ts";
import { layerNormCases } from "./layer-norm.ts";
import { maskedSoftmaxCases } from "./masked-softmax.ts";
import { reduceCases } from "./reduce.ts";
import { topkCases } from "./topk.ts";

export const rowsCases: readonly Case[] = [
  ...reduceCases,
  ...classifyCases,
  ...maskedSoftmaxCases,
  ...layerNormCases,
  ...argmaxCases,
  ...topkCases,
  ...cumsumCases,
  ...hitCases,
];
