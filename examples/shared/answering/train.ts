/** Training a Transformer to answer: exercises in, the loss on the answer only, the share that is right throughout. */
import { compile, type Device, int32, losses, type nn, optim, Trainer } from "seqgrad";
import type { Exercise, ExerciseFormat } from "../exercises.ts";
import type { Interrupt } from "../interrupt.ts";
import { runSteps } from "../loop.ts";
import { learningRateAt } from "../schedule.ts";

export interface AnsweringOptions {
  readonly steps: number;
  readonly every: number;
  readonly batch: number;
  readonly lr: number;
  readonly clip: number;
  readonly seed: number;
  /** An exercise to train on. */
  readonly draw: () => Exercise;
  /** Exercises that are never trained on, for the curve. */
  readonly check: readonly Exercise[];
  /** The training ends when all of `check` are right so many times in a row. */
  readonly passes: number;
  readonly interrupt: Interrupt;
  readonly report: (point: AnsweringPoint) => void;
}

export interface AnsweringPoint {
  readonly step: number;
  /** Mean over the steps since the last point. */
  readonly loss: number;
  /** Share of answers without a wrong character. */
  readonly exact: number;
}

export interface AnsweringRun {
  readonly steps: number;
  readonly seconds: number;
  readonly curve: readonly AnsweringPoint[];
}

export interface Marks {
  readonly exercises: number;
  /** Answers without a wrong character. */
  readonly exact: number;
  readonly characters: number;
  readonly charactersRight: number;
}

/** Rows of an evaluation batch. */
const evaluationRows = 64;

export async function trainAnswering(
  device: Device,
  model: nn.TransformerLM,
  format: ExerciseFormat,
  options: AnsweringOptions,
): Promise<AnsweringRun> {
  const { steps, every, batch, lr, clip, seed, draw, check, passes, interrupt, report } = options;
  const shape = [batch, format.length];
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32(shape), targets: int32(shape) },
    loss: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
    optimizer: optim.adamW({
      learningRate: (step) => learningRateAt(step, steps, lr),
      decays: (name) => name.includes("weight") && !name.includes("norm"),
    }),
    clipNorm: clip,
    seed,
  });
  const mark = await openMarking(device, model, format);
  const started = performance.now();
  const curve: AnsweringPoint[] = [];
  let passed = 0;
  const done = await runSteps(trainer, {
    steps,
    every,
    next: () => format.encode(Array.from({ length: batch }, draw)),
    interrupt,
    async report(step, loss) {
      const { exact, exercises } = await mark(check);
      const point = { step, loss, exact: exact / exercises };
      curve.push(point);
      report(point);
      passed = point.exact === 1 ? passed + 1 : 0;
      return passed < passes;
    },
  });
  const seconds = (performance.now() - started) / 1000;
  mark.dispose();
  trainer.dispose();
  return { steps: done, seconds, curve };
}

/**
 * A function that marks the model's answers. Each character is the likeliest one behind the right characters before it; so
 * all of an answer are right exactly when the model, writing by itself, would write that answer.
 */
export async function openMarking(
  device: Device,
  model: nn.TransformerLM,
  format: ExerciseFormat,
): Promise<((exercises: readonly Exercise[]) => Promise<Marks>) & { dispose(): void }> {
  const { length } = format;
  const program = await compile(device, model, {
    inputs: { tokens: int32([evaluationRows, length]) },
    fn: ({ tokens }) => model.forward(tokens),
  });
  const mark = async (exercises: readonly Exercise[]) => {
    const marks = { exercises: exercises.length, exact: 0, characters: 0, charactersRight: 0 };
    for (let from = 0; from < exercises.length; from += evaluationRows) {
      const some = exercises.slice(from, from + evaluationRows);
      // rows without an exercise have no targets, so nothing of them counts
      const full = [...some, ...Array(evaluationRows - some.length).fill({ question: "", answer: "" })];
      const { tokens, targets } = format.encode(full);
      const logits = await (await program.run({ tokens })).read();
      for (let row = 0; row < some.length; row++) {
        const { asked, right } = markRow(logits, targets, row * length, length);
        marks.characters += asked;
        marks.charactersRight += right;
        if (right === asked) marks.exact++;
      }
    }
    return marks;
  };
  return Object.assign(mark, { dispose: () => program.dispose() });
}

function markRow(logits: ArrayLike<number>, targets: Int32Array, start: number, length: number) {
  const classes = logits.length / targets.length;
  let [asked, right] = [0, 0];
  for (let place = start; place < start + length; place++) {
    const target = targets[place] as number;
    if (target < 0) continue;
    asked++;
    if (largest(logits, place * classes, classes) === target) right++;
  }
  return { asked, right };
}

/** What the model writes behind each question, a character at a time, always the likeliest. */
export async function writeAnswers(
  device: Device,
  model: nn.TransformerLM,
  format: ExerciseFormat,
  questions: readonly string[],
): Promise<string[]> {
  const { length, questionLength, answerLength, tokenizer } = format;
  using program = await compile(device, model, {
    inputs: { tokens: int32([questions.length, length]) },
    fn: ({ tokens }) => model.forward(tokens),
  });
  const answers = questions.map(() => "");
  for (let place = questionLength - 1; place < questionLength - 1 + answerLength; place++) {
    const { tokens } = format.encode(questions.map((question, row) => ({ question, answer: answers[row] as string })));
    const logits = await (await program.run({ tokens })).read();
    for (const row of questions.keys()) {
      answers[row] += tokenizer.decode([largest(logits, (row * length + place) * tokenizer.size, tokenizer.size)]);
    }
  }
  return answers;
}

/** Index of the largest of `count` numbers from `start` on. */
function largest(values: ArrayLike<number>, start: number, count: number): number {
  let found = 0;
  for (let i = 1; i < count; i++) if ((values[start + i] as number) > (values[start + found] as number)) found = i;
  return found;
}
