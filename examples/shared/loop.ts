import { NonFiniteError, type StepResult } from "seqgrad";
import { UserError } from "./errors.ts";
import type { Interrupt } from "./interrupt.ts";

export interface LoopOptions<Batch> {
  readonly steps: number;
  /** Steps from one report to the next. */
  readonly every: number;
  readonly next: () => Batch;
  /** Told after every so many steps, and at the end, of the mean loss since the last time; false ends the training. */
  readonly report: (step: number, loss: number) => Promise<boolean>;
  /** Ends the training after the steps in flight, with a last report. */
  readonly interrupt: Interrupt;
}

/** The loss or the gradients are not finite. */
export class Diverged extends UserError {}

/** While one step runs on the GPU, the next is already handed over, so that it never waits. */
const stepsInFlight = 2;

/** Trains; gives the number of steps taken. */
export async function runSteps<Batch>(
  trainer: { step(batch: Batch): Promise<StepResult> },
  { steps, every, next, report, interrupt }: LoopOptions<Batch>,
): Promise<number> {
  const inFlight: Promise<StepResult>[] = [];
  let losses: number[] = [];
  let done = 0;
  const finish = async (most: number) => {
    while (inFlight.length > most) {
      losses.push((await (inFlight.shift() as Promise<StepResult>).catch(explain)).loss);
      done++;
    }
  };
  const tell = () => {
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    losses = [];
    return report(done, mean);
  };
  for (let step = 1; step <= steps && !interrupt.requested; step++) {
    const result = trainer.step(next());
    // should an earlier step fail, this one's failure is not news
    result.catch(() => {});
    inFlight.push(result);
    const isDue = step % every === 0 || step === steps;
    await finish(isDue ? 0 : stepsInFlight - 1);
    if (isDue && !(await tell())) return done;
  }
  await finish(0);
  if (losses.length > 0) await tell();
  return done;
}

function explain(error: unknown): never {
  if (!(error instanceof NonFiniteError)) throw error;
  throw new Diverged(`the ${error.what} is not finite at step ${error.step}; try a smaller --lr`);
}
