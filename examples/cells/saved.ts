import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../shared/errors.ts";
import type { Climb, Rung } from "./ladder.ts";
import type { CellsOptions } from "./options.ts";

/** What a run has written so far. */
export function readSaved(folder: string): { options: Omit<CellsOptions, "out" | "adapter">; climbs: Climb[] } {
  const path = join(folder, "results.json");
  try {
    const { options, climbs } = JSON.parse(readFileSync(path, "utf8"));
    const rungOf = ([length, steps, loss, accuracy, remembered]: readonly number[]) =>
      ({ length, steps, loss: loss ?? Number.NaN, accuracy, remembered }) as Rung;
    return {
      options,
      climbs: climbs.map((each: { rungs: number[][] }) => ({ ...each, rungs: each.rungs.map(rungOf) })),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`--resume: ${path} cannot be read (${why}); give the folder of a run`);
  }
}
