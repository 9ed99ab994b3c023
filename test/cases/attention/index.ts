import type { Case } from "../../../harness/case.ts";
import { attentionCases } from "./attention.ts";
import { cachedAttentionCases } from "./cached.ts";
import { cacheCases } from "./caches.ts";
import { longAttentionCases } from "./long.ts";
import { attentionModuleCases } from "./modules.ts";
import { positionCases } from "./positions.ts";
import { attentionUnseenCases } from "./unseen.ts";

export const allAttentionCases: readonly Case[] = [
  ...attentionCases,
  ...attentionUnseenCases,
  ...attentionModuleCases,
  ...longAttentionCases,
  ...positionCases,
  ...cachedAttentionCases,
  ...cacheCases,
];
