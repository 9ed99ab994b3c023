import type { Case } from "../../../harness/case.ts";
import { emptySummary, fuzz } from "../../fuzz/fuzz.ts";

/** What `npm run fuzz` asks for. */
export interface FuzzRequest {
  readonly from: number;
  readonly seconds: number;
}

export const FUZZ_CASE = "random programs against float64";

/** Programs of a run among the other tests. */
const [SEED, FEW] = [4, 6];

export const fuzzCases: readonly Case[] = [
  {
    name: FUZZ_CASE,
    async run({ device, input }) {
      const request = input as FuzzRequest | undefined;
      const summary = emptySummary();
      if (request === undefined) {
        await fuzz(device, SEED, summary, FEW);
        return summary;
      }
      const end = performance.now() + 1000 * request.seconds;
      const wrong: string[] = [];
      let seed = request.from;
      for (; performance.now() < end; seed++) {
        try {
          await fuzz(device, seed, summary);
        } catch (error) {
          wrong.push(error instanceof Error ? error.message : String(error));
        }
      }
      return { ...summary, from: request.from, next: seed, wrong };
    },
  },
];
