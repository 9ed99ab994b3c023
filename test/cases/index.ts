import type { Case } from "../../harness/case.ts";
import { unaryCases } from "./unary.ts";

/** Everything that must hold on every host. */
export const cases: readonly Case[] = [...unaryCases];
