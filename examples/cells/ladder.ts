import type { Device } from "seqgrad";
import { SequenceModel } from "../classic-tests/model.ts";
import { type Evaluation, openEvaluation, openTraining } from "../classic-tests/programs.ts";
import type { Task } from "../classic-tests/tasks/task.ts";
import { seededRandom } from "../shared/random.ts";
import { learningRateAt } from "../shared/schedule.ts";
import { makeCell } from "./layer.ts";
import { type CellName, type CellsOptions, lengthsOf } from "./options.ts";

/** How a cell did at one length. */
export interface Rung extends Evaluation {
  readonly length: number;
  /** Training steps at this length. */
  readonly steps: number;
  /** Share of the loss of the best answer that remembers nothing that is gone; 0 where nothing is. */
  readonly remembered: number;
}

export interface Climb {
  readonly task: Task["name"];
  readonly cell: CellName;
  readonly rungs: readonly Rung[];
  /** The longest sequences that were learned; 0 where none were. */
  readonly longest: number;
  readonly seconds: number;
}

/** So much of the forgetful loss must be gone for a length to be learned. */
export const enough = 0.9;

/** Trains a cell on longer and longer sequences, until it fails. */
export async function climb(
  device: Device,
  task: Task,
  cell: CellName,
  options: CellsOptions,
  report: (rung: Rung) => void,
): Promise<Climb> {
  const started = performance.now();
  const lengths = lengthsOf(options);
  const { hidden, seed } = options;
  const model = new SequenceModel(makeCell(cell, task, hidden, task.memory(options.longest)), hidden, task);
  const random = seededRandom(seed + 1);
  const rungs: Rung[] = [];
  for (const length of lengths) {
    const rung = await climbRung(device, model, task, options, length, random);
    rungs.push(rung);
    report(rung);
    if (!(rung.remembered >= enough)) break;
  }
  model.dispose(device);
  const longest = rungs.findLast(({ remembered }) => remembered >= enough)?.length ?? 0;
  return { task: task.name, cell, rungs, longest, seconds: (performance.now() - started) / 1000 };
}

async function climbRung(
  device: Device,
  model: SequenceModel,
  task: Task,
  options: CellsOptions,
  length: number,
  random: () => number,
): Promise<Rung> {
  const { batch, steps, lr, test, every, seed } = options;
  const programs = { task, batch, test, seed, clip: 1 };
  const trainer = await openTraining(device, model, programs, length, (step) => learningRateAt(step, steps, lr));
  const evaluate = await openEvaluation(device, model, programs, length);
  const baseline = task.baseline(length);
  try {
    for (let step = 1; ; step++) {
      trainer.stepWithoutLoss(task.make(random, batch, length));
      // the queue must not grow without end
      if (step % 4 === 0) await device.idle();
      if (step % every !== 0 && step < steps) continue;
      const found = await evaluate();
      const remembered = Number.isFinite(found.loss) ? Math.max(0, 1 - found.loss / baseline) : 0;
      if (step >= steps || remembered >= enough || !Number.isFinite(found.loss)) {
        return { length, steps: step, remembered, ...found };
      }
    }
  } finally {
    trainer.dispose();
    evaluate.dispose();
  }
}
