import { NonFiniteError, type StreamBatches } from "seqgrad";
import { UserError } from "../shared/errors.ts";
import type { Interrupt } from "../shared/interrupt.ts";
import type { Progress } from "../shared/terminal.ts";
import type { TrainOptions } from "./options.ts";
import type { StepResult, Training } from "./session.ts";

/** One line of the log. */
export interface StepRecord extends StepResult {
  readonly step: number;
  readonly tokensPerSecond: number;
}

/** While one step runs on the GPU, the next is already handed over, so that it never waits. */
const stepsInFlight = 2;

/** Runs the steps and gives what came of each; an interrupt ends after the steps in flight. */
export async function train(
  training: Training,
  batches: StreamBatches,
  options: TrainOptions,
  progress: Progress,
  interrupt: Interrupt,
): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  const inFlight: Promise<StepResult>[] = [];
  const tokens = options.batch * options.seqLen;
  let finished = performance.now();
  const recordNext = async (result: Promise<StepResult>) => {
    const { loss, gradNorm } = await result.catch((error) => {
      throw error instanceof NonFiniteError ? diverged(error, options) : error;
    });
    const now = performance.now();
    const record = { step: records.length + 1, loss, gradNorm, tokensPerSecond: (1000 * tokens) / (now - finished) };
    finished = now;
    records.push(record);
    progress.update(record.step, loss, recentSpeed(records));
  };
  for (let step = 1; step <= options.steps && !interrupt.requested; step++) {
    const result = training.step(batches);
    // Should an earlier step fail, this one's failure is not news.
    result.catch(() => {});
    inFlight.push(result);
    if (inFlight.length === stepsInFlight) await recordNext(inFlight.shift() as Promise<StepResult>);
  }
  for (const result of inFlight) await recordNext(result);
  return records;
}

/** Tokens per second over the last steps: harmonic, since each step has as many tokens. */
function recentSpeed(records: readonly StepRecord[]): number {
  const recent = records.slice(-20);
  return recent.length / recent.reduce((sum, { tokensPerSecond }) => sum + 1 / tokensPerSecond, 0);
}

function diverged({ step, what, module }: NonFiniteError, { lr, clip }: TrainOptions): UserError {
  return new UserError(
    `training went astray at step ${step} (the ${what} is not finite${module ? `, first in ${module}` : ""}); try a smaller --lr than ${lr} or --clip than ${clip}`,
  );
}
