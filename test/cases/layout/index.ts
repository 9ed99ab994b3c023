import type { Case } from "../../../harness/case.ts";
import { layoutCases } from "./layout.ts";
import { overlappingWindowCases } from "./overlapping-windows.ts";
import { takeCases } from "./take.ts";

export const allLayoutCases: readonly Case[] = [...layoutCases, ...takeCases, ...overlappingWindowCases];
