import type { Case } from "../../../harness/case.ts";
import { binaryCases } from "./binary.ts";
import { conventionCases } from "./conventions.ts";
import { drawCases } from "./draws.ts";
import { dropoutCases } from "./dropout.ts";
import { float16Cases } from "./float16.ts";
import { gatedUnitCases } from "./gated-units.ts";
import { integerCases } from "./integers.ts";
import { randomBitsCases } from "./random-bits.ts";
import { unaryCases } from "./unary.ts";

export const elementwiseCases: readonly Case[] = [
  ...unaryCases,
  ...binaryCases,
  ...conventionCases,
  ...integerCases,
  ...gatedUnitCases,
  ...float16Cases,
  ...dropoutCases,
  ...drawCases,
  ...randomBitsCases,
];
