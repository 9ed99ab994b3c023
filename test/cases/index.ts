import type { Case } from "../../harness/case.ts";
import { allAttentionCases } from "./attention/index.ts";
import { debugCases } from "./debug/index.ts";
import { elementwiseCases } from "./elementwise/index.ts";
import { generateCases } from "./generate/index.ts";
import { allLayoutCases } from "./layout/index.ts";
import { loopCases } from "./loop/index.ts";
import { matmulCases } from "./matmul/matmul.ts";
import { nnCases } from "./nn/index.ts";
import { allRecurrentCases } from "./recurrent/index.ts";
import { rowsCases } from "./rows/index.ts";
import { specialCases } from "./special/index.ts";
import { systemCases } from "./system/index.ts";
import { trainCases } from "./train/index.ts";

/** Everything that must hold on every host. */
export const cases: readonly Case[] = [
  ...elementwiseCases,
  ...allLayoutCases,
  ...rowsCases,
  ...matmulCases,
  ...allAttentionCases,
  ...allRecurrentCases,
  ...loopCases,
  ...nnCases,
  ...trainCases,
  ...generateCases,
  ...specialCases,
  ...debugCases,
  ...systemCases,
];
