import type { Device } from "seqgrad";
import type { Cell } from "../shared/cells.ts";
import { seededRandom } from "../shared/random.ts";
import { learningRateAt } from "../shared/schedule.ts";
import { classicLayer, SequenceModel } from "./model.ts";
import type { ClassicOptions } from "./options.ts";
import { type Evaluation, openEvaluation, openTraining } from "./programs.ts";
import type { Task } from "./tasks/task.ts";

export interface CurvePoint extends Evaluation {
  readonly step: number;
}

/** One training, from the initial weights to the end of the budget or of the task. */
export interface Run {
  readonly cell: Cell;
  readonly lr: number;
  /** The step after which the task was learned, or null. */
  readonly learnedAt: number | null;
  /** Steps taken. */
  readonly steps: number;
  readonly seconds: number;
  readonly final: Evaluation;
  /** Of the set that training never sees, at the full length. */
  readonly curve: readonly CurvePoint[];
  /** The trained net on longer sequences. */
  readonly longer: readonly (Evaluation & { readonly length: number })[];
}

export interface RunOptions extends ClassicOptions {
  readonly task: Task;
  readonly cell: Cell;
  readonly rate: number;
}

export async function trainCell(
  device: Device,
  options: RunOptions,
  /** Told of each evaluation, at the length that is trained then. */
  report: (point: CurvePoint, length: number) => void,
): Promise<Run> {
  const { task, cell, rate, hidden, length, steps, seed } = options;
  const model = new SequenceModel(classicLayer(cell, task, hidden, task.memory(length)), hidden, task);
  const random = seededRandom(seed + 1);
  const evaluate = await openEvaluation(device, model, options, length);
  const started = performance.now();
  const curve: CurvePoint[] = [];
  const record = async (step: number) => {
    const point = { step, ...(await evaluate()) };
    curve.push(point);
    return point;
  };

  const phases = [...(options.curriculum ? task.curriculum(length) : []), length];
  let step = 0;
  let learnedAt: number | null = null;
  try {
    for (const phase of phases) {
      const isLast = phase === length;
      const trainer = await openTraining(device, model, options, phase, (own) =>
        learningRateAt(Math.min(steps, step - trainer.steps + own), steps, rate),
      );
      const check = isLast ? evaluate : await openEvaluation(device, model, options, phase);
      if (step === 0) report(await record(0), length);
      // an earlier phase may take its share of the budget at most
      const end = isLast ? steps : Math.min(steps, step + Math.floor(steps / (phases.length + 1)));
      while (step < end && learnedAt === null) {
        const batch = task.make(random, options.batch, phase);
        step++;
        const isDue = step % options.every === 0 || step === end;
        if (!isDue) {
          trainer.stepWithoutLoss(batch);
          // the queue must not grow without end
          if (step % 4 === 0) await device.idle();
          continue;
        }
        const { loss } = await trainer.step(batch);
        const point = await record(step);
        const now = isLast ? point : { step, ...(await check()) };
        report(now, phase);
        if (!Number.isFinite(loss) || !Number.isFinite(point.loss)) throw new Diverged();
        if (!task.learned(now.loss, now.accuracy, phase)) continue;
        if (isLast) learnedAt = step;
        else break;
      }
      trainer.dispose();
      if (!isLast) check.dispose();
    }
  } catch (error) {
    // weights that are not finite any more cannot be saved by further steps: the run ends here, not learned
    if (!(error instanceof Diverged)) throw error;
  }
  const seconds = (performance.now() - started) / 1000;
  const longer: (Evaluation & { length: number })[] = [];
  for (const other of task.longer(length)) {
    const evaluateOther = await openEvaluation(device, model, options, other);
    longer.push({ length: other, ...(await evaluateOther()) });
    evaluateOther.dispose();
  }
  evaluate.dispose();
  model.dispose(device);
  const { loss, accuracy } = curve.at(-1) as CurvePoint;
  return { cell, lr: rate, learnedAt, steps: step, seconds, final: { loss, accuracy }, curve, longer };
}

class Diverged extends Error {}
