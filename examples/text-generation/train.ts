import { NonFiniteError, type StreamBatches } from "seqgrad";
import { UserError } from "../shared/errors.ts";
import type { Interrupt } from "../shared/interrupt.ts";
import type { Progress } from "../shared/terminal.ts";
import type { RunLog, StepRecord } from "./log.ts";
import type { TrainOptions } from "./options.ts";
import type { StepResult, Training } from "./session.ts";

/** While one step runs on the GPU, the next is already handed over, so that it never waits. */
const stepsInFlight = 2;

/**
 * Runs the steps, logs what came of each, and saves every so many, at the end and when it is interrupted: an interrupt ends after
 * the steps in flight.
 */
export async function train(
  training: Training,
  batches: StreamBatches,
  options: TrainOptions,
  log: RunLog,
  progress: Progress,
  interrupt: Interrupt,
): Promise<void> {
  const inFlight: Promise<StepResult>[] = [];
  const tokens = options.batch * options.seqLen;
  let finished = performance.now();
  let saved = training.steps;
  const finish = async (most: number) => {
    while (inFlight.length > most) {
      const { loss, gradNorm } = await (inFlight.shift() as Promise<StepResult>).catch((error) => {
        throw error instanceof NonFiniteError ? diverged(error, options) : error;
      });
      const now = performance.now();
      const step = log.records.length + 1;
      await log.append({ step, loss, gradNorm, tokensPerSecond: (1000 * tokens) / (now - finished) });
      finished = now;
      progress.update(step, loss, recentSpeed(log.records));
    }
  };
  const save = async () => {
    await finish(0);
    if (training.steps === saved) return;
    // a checkpoint's steps are in the log whenever the checkpoint is there
    log.flush();
    await training.save();
    saved = training.steps;
  };
  while (training.steps < options.steps && !interrupt.requested) {
    const result = training.step(batches);
    // Should an earlier step fail, this one's failure is not news.
    result.catch(() => {});
    inFlight.push(result);
    await finish(stepsInFlight - 1);
    if (training.steps % options.saveEvery === 0) await save();
  }
  await save();
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
