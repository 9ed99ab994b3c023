import type { Case } from "../../../harness/case.ts";
import { initializerCases } from "./initializers.ts";
import { seq2seqCases } from "./seq2seq.ts";
import { transformerCases } from "./transformer.ts";

export const nnCases: readonly Case[] = [...initializerCases, ...transformerCases, ...seq2seqCases];
