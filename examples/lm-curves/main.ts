// A Transformer beside an LSTM with as many parameters, on the characters of a text: both losses in one picture.
import { type Device, openDevice } from "seqgrad";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { Interrupt } from "../shared/interrupt.ts";
import { parameterCount } from "../shared/parameters.ts";
import { runProgram } from "../shared/program.ts";
import { clock, count, table } from "../shared/terminal.ts";
import { readText } from "../text-generation/text.ts";
import { Corpus } from "./corpus.ts";
import { files, help } from "./help.mjs";
import { hiddenSizeFor, type LanguageModel, LstmLM, type ModelName, makeTransformer } from "./models.ts";
import { type CurveOptions, parseOptions } from "./options.ts";
import { type Candidate, curvesPicture, resultsJson } from "./results.ts";
import { type Run, trainModel } from "./train.ts";

const print = (text: string) => process.stdout.write(text);

interface Contestant {
  readonly name: ModelName;
  readonly about: string;
  readonly parameters: number;
  readonly make: () => LanguageModel;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const corpus = new Corpus(readText(options.text), options.batch, options.seqLen);
  prepareFolder(options.out, files);
  const interrupt = new Interrupt(() => process.stderr.write("\nstopping after this step; once more: at once\n"));
  const device = await openDevice({ adapter: options.adapter });
  const contestants = makeContestants(options, corpus.vocabulary);
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n`);
  print(`text     ${options.text}: ${count(corpus.training.length)} characters to train on, `);
  print(`${count(corpus.validation.length)} to validate, ${corpus.vocabulary} different\n`);
  for (const { name, about, parameters } of contestants) {
    print(`model    ${name}, ${about}: ${count(parameters)} parameters\n`);
  }

  const candidates: Candidate[] = [];
  for (const contestant of contestants) {
    if (interrupt.requested) break;
    const candidate = await chooseAndTrain(device, contestant, corpus, options, interrupt);
    if (candidate.run.curve.length === 0) break;
    candidates.push(candidate);
    // after each run, so that a long session that is stopped leaves what it found
    putFiles(options.out, {
      "results.json": resultsJson(device.adapter, options, candidates),
      "curves.svg": curvesPicture(options, candidates),
    });
  }
  if (candidates.length === 0) {
    process.stderr.write("stopped before there was anything to draw; nothing was written\n");
    return 130;
  }
  print(`\n${summary(candidates)}\nwritten  ${options.out}: ${files.join(", ")}\n`);
  return 0;
}

function makeContestants(options: CurveOptions, vocabulary: number): Contestant[] {
  const { dModel, heads, layers, lstmLayers, embed } = options;
  const transformer = () => makeTransformer(vocabulary, options);
  const parameters = parameterCount(transformer());
  const sizes = { embed, layers: lstmLayers };
  const hidden = hiddenSizeFor(parameters, vocabulary, sizes);
  const lstm = () => new LstmLM(vocabulary, { ...sizes, hidden });
  const layersOf = (number: number) => `${number} ${number === 1 ? "layer" : "layers"}`;
  return [
    {
      name: "transformer",
      about: `${layersOf(layers)} of ${dModel}, ${heads} heads`,
      parameters,
      make: transformer,
    },
    {
      name: "lstm",
      about: `${layersOf(lstmLayers)} of ${hidden}, embedding ${embed}`,
      parameters: parameterCount(lstm()),
      make: lstm,
    },
  ];
}

/** A short training with each rate, and the whole one with that which came furthest. */
async function chooseAndTrain(
  device: Device,
  { make, ...facts }: Contestant,
  corpus: Corpus,
  options: CurveOptions,
  interrupt: Interrupt,
): Promise<Candidate> {
  const { name } = facts;
  const train = (steps: number, lr: number, whole: boolean) =>
    trainModel(device, make(), corpus, {
      ...options,
      steps,
      lr,
      whole,
      interrupt,
      report: ({ step, training, validation }) =>
        print(
          `  ${name} lr ${lr}  step ${step}  training ${training.toFixed(3)}  validation ${validation.toFixed(3)}\n`,
        ),
    });
  const rates = options.rates[name];
  const sweep: Run[] = [];
  if (rates.length > 1) {
    print(`\n${name}: ${options.sweep} steps with each learning rate\n`);
    for (const lr of rates) if (!interrupt.requested) sweep.push(await train(options.sweep, lr, false));
  }
  const best = sweep.reduce<Run | undefined>((a, b) => (a && a.validation <= b.validation ? a : b), undefined);
  const lr = best?.lr ?? (rates[0] as number);
  print(`\n${name}: ${options.steps} steps at learning rate ${lr}\n`);
  return { ...facts, sweep, run: await train(options.steps, lr, true) };
}

function summary(candidates: readonly Candidate[]): string {
  const rows = candidates.map(({ name, about, parameters, run }) => [
    name,
    about,
    count(parameters),
    String(run.lr),
    String(run.steps),
    (run.curve.at(-1)?.training ?? Number.NaN).toFixed(3),
    run.validation.toFixed(3),
    clock(run.seconds),
  ]);
  return table(["model", "", "parameters", "rate", "steps", "training", "validation", "time"], rows);
}

await runProgram("lm-curves", help, main);
