import type { Case } from "../../harness/case.ts";
import { attentionCases } from "./attention.ts";
import { positionCases } from "./attention-positions.ts";
import { binaryCases } from "./binary.ts";
import { classifyCases } from "./classify.ts";
import { conventionCases } from "./conventions.ts";
import { dropoutCases } from "./dropout.ts";
import { gruCases } from "./gru.ts";
import { initializerCases } from "./initializers.ts";
import { layerNormCases } from "./layer-norm.ts";
import { layoutCases } from "./layout.ts";
import { linearScanCases } from "./linear-scan.ts";
import { lstmCases } from "./lstm.ts";
import { matmulCases } from "./matmul.ts";
import { minimalCases } from "./minimal.ts";
import { minimalLayerCases } from "./minimal-layers.ts";
import { optimizerCases } from "./optimizers.ts";
import { overlappingWindowCases } from "./overlapping-windows.ts";
import { recurrentCases } from "./recurrent.ts";
import { reduceCases } from "./reduce.ts";
import { rnnCases } from "./rnn.ts";
import { scanCases } from "./scan.ts";
import { trainerCases } from "./trainer.ts";
import { trainingCases } from "./training.ts";
import { transformerCases } from "./transformer.ts";
import { unaryCases } from "./unary.ts";

/** Everything that must hold on every host. */
export const cases: readonly Case[] = [
  ...unaryCases,
  ...binaryCases,
  ...conventionCases,
  ...layoutCases,
  ...reduceCases,
  ...matmulCases,
  ...classifyCases,
  ...lstmCases,
  ...gruCases,
  ...rnnCases,
  ...recurrentCases,
  ...scanCases,
  ...dropoutCases,
  ...initializerCases,
  ...optimizerCases,
  ...trainerCases,
  ...linearScanCases,
  ...minimalCases,
  ...minimalLayerCases,
  ...overlappingWindowCases,
  ...layerNormCases,
  ...attentionCases,
  ...positionCases,
  ...transformerCases,
  ...trainingCases,
];
