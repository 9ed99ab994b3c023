import type { Case } from "../../../harness/case.ts";
import { recurrentAttentionCases } from "./attention.ts";
import { gruCases } from "./gru.ts";
import { recurrentCases } from "./layers.ts";
import { linearScanCases } from "./linear-scan.ts";
import { lstmCases } from "./lstm.ts";
import { minimalCases } from "./minimal.ts";
import { minimalLayerCases } from "./minimal-layers.ts";
import { rnnCases } from "./rnn.ts";

export const allRecurrentCases: readonly Case[] = [
  ...lstmCases,
  ...gruCases,
  ...rnnCases,
  ...recurrentCases,
  ...linearScanCases,
  ...minimalCases,
  ...minimalLayerCases,
  ...recurrentAttentionCases,
];
