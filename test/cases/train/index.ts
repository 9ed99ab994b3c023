import type { Case } from "../../../harness/case.ts";
import { alignmentCases } from "./alignment.ts";
import { diagnosisCases } from "./diagnosis.ts";
import { fitCases } from "./fit.ts";
import { guardCases } from "./guard.ts";
import { lossCases } from "./losses.ts";
import { metricCases } from "./metrics.ts";
import { mixedPrecisionCases } from "./mixed-precision.ts";
import { optimizerCases } from "./optimizers.ts";
import { resumeCases } from "./resume.ts";
import { sizesCases } from "./sizes.ts";
import { trainerCases } from "./trainer.ts";
import { trainingCases } from "./training.ts";

export const trainCases: readonly Case[] = [
  ...alignmentCases,
  ...lossCases,
  ...metricCases,
  ...optimizerCases,
  ...trainerCases,
  ...mixedPrecisionCases,
  ...sizesCases,
  ...guardCases,
  ...diagnosisCases,
  ...resumeCases,
  ...fitCases,
  ...trainingCases,
];
