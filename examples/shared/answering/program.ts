import { nn, openDevice } from "seqgrad";
import { attentionPicture, readAttention } from "../attention.ts";
import { drawDifferent, type Exercise, type ExerciseFormat } from "../exercises.ts";
import { prepareFolder, putFiles } from "../files.ts";
import { Interrupt } from "../interrupt.ts";
import { parameterCount } from "../parameters.ts";
import { type Random, seededRandom } from "../random.ts";
import { clock, count } from "../terminal.ts";
import { answeringFiles } from "./help.mjs";
import type { AnsweringSettings } from "./options.ts";
import { answeringCurves, answeringJson } from "./results.ts";
import { openMarking, trainAnswering, writeAnswers } from "./train.ts";

export interface AnsweringProgram {
  /** "Reversing strings of 4 to 12 letters". */
  readonly about: string;
  readonly options: AnsweringSettings;
  readonly format: ExerciseFormat;
  /** A random exercise, of those that are held out or of the others. */
  readonly draw: (random: Random, heldOut: boolean) => Exercise;
  /** An answer as the model writes it, cut where it ends. */
  readonly tidy: (answer: string) => string;
}

const print = (text: string) => process.stdout.write(text);
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
const checked = 256;
/** Other random numbers than those of any training. */
const heldOutSeed = 0x5eed;

/** Trains, tests, draws; gives the exit code. */
export async function runAnswering({ about, options, format, draw, tidy }: AnsweringProgram): Promise<number> {
  const { dModel, heads, layers, seed } = options;
  prepareFolder(options.out, answeringFiles);
  // no training sees any of these, and the test has none of the check's
  const heldOut = drawDifferent(checked + options.test, heldOutSeed, (random) => draw(random, true));
  const check = heldOut.slice(0, Math.min(checked, Math.ceil(heldOut.length / 2)));
  const rest = heldOut.slice(check.length, check.length + options.test);

  const interrupt = new Interrupt(() => process.stderr.write("\nstopping after this step; once more: at once\n"));
  const device = await openDevice({ adapter: options.adapter });
  const model = new nn.TransformerLM(format.tokenizer.size, {
    dModel,
    numHeads: heads,
    numLayers: layers,
    maxLength: format.length,
  });
  const parameters = parameterCount(model);
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n`);
  print(`task     ${about}\n`);
  print(`model    Transformer, ${layers} × ${dModel}, ${heads} heads: ${count(parameters)} parameters\n`);
  print(`training up to ${options.steps} steps of ${options.batch}\n\n`);

  const random = seededRandom(seed + 1);
  const run = await trainAnswering(device, model, format, {
    ...options,
    draw: () => draw(random, false),
    check,
    interrupt,
    report: ({ step, loss, exact }) => print(`  step ${step}  loss ${loss.toFixed(4)}  exact ${percent(exact)}\n`),
  });
  if (run.steps === 0) {
    process.stderr.write("stopped before the first step; nothing was written\n");
    return 130;
  }
  const mark = await openMarking(device, model, format);
  const test = await mark(rest);
  print(`\ntest     ${count(test.exact)} of ${count(test.exercises)} answers are right, `);
  print(`${percent(test.exact / test.exercises)}; ${run.steps} steps in ${clock(run.seconds)}\n\n`);

  const some = rest.slice(0, 5);
  const questions = some.map(({ question }) => question);
  for (const [i, answer] of (await writeAnswers(device, model, format, questions)).entries()) {
    const written = tidy(answer);
    const question = questions[i]?.padStart(format.questionLength) ?? "";
    print(`  ${question}${written}${written === some[i]?.answer ? "" : "  (wrong)"}\n`);
  }

  const shown = rest.reduce((a, b) => (b.question.length > a.question.length ? b : a));
  const weights = await readAttention(device, model, format, shown);
  const subtitle = `Transformer, ${layers} × ${dModel}, ${heads} heads; batches of ${options.batch}, rate ${options.lr}`;
  putFiles(options.out, {
    "results.json": answeringJson(device.adapter, { about, options: { ...options }, parameters, run, test }),
    "curves.svg": answeringCurves(about, run, subtitle),
    "attention.svg": attentionPicture(about, shown, weights),
  });
  print(`\nwritten  ${options.out}: ${answeringFiles.join(", ")}\n`);
  return 0;
}
