import type { Case } from "../../../harness/case.ts";
import { emptySummary, fuzz, type ProgramKind } from "../../fuzz/fuzz.ts";

/** What `npm run fuzz` asks for. */
export interface FuzzRequest {
  readonly from: number;
  readonly seconds: number;
  readonly of: ProgramKind;
}

export const FUZZ_CASE = "random programs against float64";

/** Of a run among the other tests. */
const SEED = 4;
const [PROGRAMS, CELLS] = [6, 5];

export const fuzzCases: readonly Case[] = [
  {
    name: FUZZ_CASE,
    async run({ device, input }) {
      const request = input as FuzzRequest | undefined;
      const summary = emptySummary();
      if (request === undefined) {
        await fuzz(device, SEED, summary, "operations", PROGRAMS);
        await fuzz(device, SEED, summary, "cells", CELLS);
        return summary;
      }
      const end = performance.now() + 1000 * request.seconds;
      const wrong: string[] = [];
      let seed = request.from;
      for (; performance.now() < end; seed++) {
        try {
          await fuzz(device, seed, summary, request.of);
        } catch (error) {
          const { message = String(error), cause } = error as Error;
          wrong.push(cause instanceof Error ? `${message}\n${cause.stack}` : message);
        }
      }
      return { ...summary, from: request.from, next: seed, wrong };
    },
  },
];
