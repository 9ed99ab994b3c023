import type { Device } from "../../gpu/device.ts";
import { withKernels } from "../../kernels/later.ts";
import { either, flag, type Kind, nested, nonNegative } from "../../options.ts";
import type { Program } from "../../plan/program.ts";
import type { Build } from "./contests.ts";

/** Options of the measurement of kernels. */
export interface TuneOptions {
  /** Milliseconds for all measurements together; what is left over keeps its rule and is measured next time. */
  readonly budgetMs?: number;
}

/** @internal What the option `tune` may be. */
export const tuneKind: Kind = either(flag, nested<TuneOptions>({ budgetMs: nonNegative }));

const BUDGET_MS = 2000;

/** @internal What is left of the time for measurements, which all programs of a session share. */
export class TuneBudget {
  left: number;

  constructor(tune: boolean | TuneOptions | undefined) {
    const { budgetMs = BUDGET_MS } = typeof tune === "object" ? tune : {};
    this.left = tune ? budgetMs : 0;
  }
}

/**
 * @internal A program for the device's adapter; as far as the budget goes, choices that nobody has measured on it are measured first. Where
 * `choices` are given, they hold, and nothing is measured.
 */
export async function buildTuned(
  device: Device,
  budget: TuneBudget,
  choices: ReadonlyMap<string, string> | undefined,
  build: Build,
): Promise<Program> {
  if (choices) return withKernels(() => build({ ...device.profile, measured: choices }));
  if (budget.left > 0) {
    // most programs do without
    const { tuneChoices, tuningClock } = await import("../timing.ts");
    await device.tuning.exclusively(async () => {
      const clock = await tuningClock(device);
      const start = clock.now();
      await tuneChoices(device, build, budget.left, clock);
      budget.left -= clock.now() - start;
    });
  }
  return withKernels(() => build(device.profile));
}
