import { compile, type Device, float32, int32, losses, nn, optim, Trainer } from "seqgrad";
import type { Interrupt } from "../shared/interrupt.ts";
import { seededRandom } from "../shared/random.ts";
import { learningRateAt } from "../shared/schedule.ts";
import {
  decodeIso,
  encodeDates,
  heldOutDate,
  isoLength,
  isoVocabulary,
  sourceLength,
  sourceVocabulary,
  trainingDate,
  type Written,
} from "./dates.ts";
import type { DateOptions } from "./options.ts";

/** A date, what the model made of it, and where it looked: [isoLength · sourceLength]. */
export interface Answer extends Written {
  readonly answer: string;
  readonly weights: Float32Array;
}

export interface CurvePoint {
  readonly step: number;
  /** Of the training step; null before the first. */
  readonly loss: number | null;
  /** Share of held-out dates of which every character is right. */
  readonly exact: number;
}

export interface Run {
  readonly steps: number;
  readonly seconds: number;
  readonly dispatches: number;
  readonly curve: readonly CurvePoint[];
  /** The first held-out dates. */
  readonly answers: readonly Answer[];
}

/** The held-out dates are the same for all runs. */
const testSeed = 0xda7e;

export async function trainDates(
  device: Device,
  options: DateOptions,
  interrupt: Interrupt,
  report: (point: CurvePoint) => void,
): Promise<Run> {
  const { cell, attention, hidden, embed, batch, steps, lr, forcing, seed, every, until } = options;
  const model = new nn.Seq2Seq(sourceVocabulary, isoVocabulary, {
    embedding: embed,
    hidden,
    bidirectional: true,
    cell,
    attention,
  });
  const usesOwn = forcing < 1;
  const trainer = await Trainer.create(device, model, {
    inputs: {
      source: int32([batch, sourceLength]),
      lengths: int32([batch]),
      target: int32([batch, isoLength]),
      forcing: float32([]),
    },
    loss: ({ source, lengths, target, forcing }) => {
      const rest = usesOwn ? { teacherForcing: forcing } : {};
      return losses.crossEntropy(model.forward(source, target, { lengths, ...rest }).logits, target);
    },
    optimizer: optim.adamW({ learningRate: (step) => learningRateAt(step, steps, lr), weightDecay: 0 }),
    clipNorm: 1,
    seed,
  });
  const test = await openTest(device, model, options);
  const schedule = nn.linearForcing({ steps, end: forcing });
  const random = seededRandom(seed + 1);
  const started = performance.now();
  const curve: CurvePoint[] = [];
  let answers: readonly Answer[] = [];
  const tryOut = async (step: number, loss: number | null) => {
    answers = await test.answers();
    const right = answers.filter(({ iso, answer }) => iso === answer);
    const point = { step, loss, exact: right.length / answers.length };
    curve.push(point);
    report(point);
    return point;
  };
  await tryOut(0, null);
  let step = 0;
  while (step < steps) {
    const dates = Array.from({ length: batch }, () => trainingDate(random));
    const data = { ...encodeDates(dates), forcing: schedule(step) };
    step++;
    const { loss } = await trainer.step(data);
    const ends = step === steps || interrupt.requested;
    if (step % every !== 0 && !ends) continue;
    const { exact } = await tryOut(step, loss);
    if (ends || exact >= until) break;
  }
  const seconds = (performance.now() - started) / 1000;
  const { dispatches } = trainer.stats;
  test.dispose();
  trainer.dispose();
  model.dispose(device);
  return { steps: step, seconds, dispatches, curve, answers };
}

/** Lets the model, as it is then, answer the held-out dates, all characters of a batch in one program. */
async function openTest(device: Device, model: nn.Seq2Seq, { test, batch }: DateOptions) {
  const random = seededRandom(testSeed);
  const dates = Array.from({ length: test }, () => heldOutDate(random));
  const program = await compile(device, model, {
    inputs: { source: int32([batch, sourceLength]), lengths: int32([batch]) },
    fn: ({ source, lengths }) => model.greedy(source, isoLength, { lengths }),
  });
  const answers = async (): Promise<Answer[]> => {
    const found: Answer[] = [];
    for (let start = 0; start < test; start += batch) {
      // the last batch is filled up
      const part = Array.from({ length: batch }, (_, row) => dates[Math.min(start + row, test - 1)] as Written);
      const { source, lengths } = encodeDates(part);
      const { tokens, weights } = await program.run({ source, lengths });
      const [all, seen] = [await tokens.read(), (await weights.read()) as Float32Array];
      part.slice(0, test - start).forEach((date, row) => {
        found.push({
          ...date,
          answer: decodeIso(all.subarray(row * isoLength, (row + 1) * isoLength)),
          weights: seen.slice(row * isoLength * sourceLength, (row + 1) * isoLength * sourceLength),
        });
      });
    }
    return found;
  };
  return { answers, dispose: () => program.dispose() };
}
