import type { Case } from "../../../harness/case.ts";
import { describeForCases } from "./describe-for.ts";
import { failureCases } from "./failures.ts";
import { fuzzCases } from "./fuzz.ts";
import { hostileCases } from "./hostile.ts";
import { tuningCases } from "./tuning.ts";

export const systemCases: readonly Case[] = [
  ...tuningCases,
  ...fuzzCases,
  ...failureCases,
  ...hostileCases,
  ...describeForCases,
];
