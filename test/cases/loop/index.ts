import type { Case } from "../../../harness/case.ts";
import { cellCases } from "./cells.ts";
import { innerGradientCases } from "./inner-gradients.ts";
import { scanCases } from "./scan.ts";

export const loopCases: readonly Case[] = [...scanCases, ...cellCases, ...innerGradientCases];
