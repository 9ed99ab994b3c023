// npm start: trains a character language model, shows how it went, and lets it write.
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { type CharTokenizer, type Device, folderCheckpoints, StreamBatches } from "seqgrad";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { Interrupt } from "../shared/interrupt.ts";
import { runProgram } from "../shared/program.ts";
import { smooth } from "../shared/series.ts";
import { portable } from "../shared/task/begun.ts";
import { resultOf } from "../shared/task/task.ts";
import { clock, count, curve, fact, Progress, size, table } from "../shared/terminal.ts";
import { help } from "./help.mjs";
import { type Judgement, judge, resultFile, textLoss } from "./judge.ts";
import { logFile, RunLog } from "./log.ts";
import { describeModel, type ModelSizes, makeModel, openDecoder, RecurrentModel, type TextModel } from "./model.ts";
import { type LoadOptions, parseOptions, type TrainOptions } from "./options.ts";
import { lossPlot } from "./plot.ts";
import { sampleText } from "./sample.ts";
import { encodeModel, modelFile, readModel } from "./saved.ts";
import { openGpu, openTraining, type PlanFacts } from "./session.ts";
import { readText, readTexts } from "./text.ts";
import { train } from "./train.ts";

const stopped = 130;
const print = (text: string) => process.stdout.write(text);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  return options.command === "load" ? sampleSaved(options) : trainAndSample(options);
}

async function trainAndSample(asked: TrainOptions): Promise<number> {
  // What may be wrong is found before the GPU is asked for anything.
  const { text, tokenizer, training: learned, test } = readTexts(asked);
  const batches = new StreamBatches(learned, { batch: asked.batch, seqLen: asked.seqLen });
  const options = withSteps(asked, batches.length);
  prepareFolder(options.out, [logFile, "loss.svg", "sample.txt", modelFile, resultFile]);
  const interrupt = new Interrupt(() =>
    process.stderr.write("\nstopping after this step; once more to stop at once\n"),
  );

  const device = await openGpu(options.adapter);
  printAdapter(device);
  const source = options.text ?? "made-up stories";
  print(fact("text", `${source}: ${count(text.length)} characters, ${tokenizer.size} different`));
  print(fact("test", options.test ?? "the last tenth, which is not learned"));
  const sizes: ModelSizes = { ...options, vocabulary: tokenizer.size, context: options.seqLen };
  const model = makeModel(sizes);
  printModel(model, sizes);
  const store = folderCheckpoints(join(options.out, "checkpoints"));
  const digest = createHash("sha256").update(text).digest("hex");
  const training = await openTraining(device, model, options, { batches, text: digest, store });
  const log = options.resume
    ? RunLog.resume(options.out, training.steps)
    : RunLog.new(options.out, head(device, options, model, training.plan), async () => store.clear());
  const { records } = log;
  const before = records.length;
  printPlan(training.plan, options, before);

  const progress = new Progress(process.stdout, options.steps, process.env, before);
  const started = performance.now();
  await train(training, batches, options, log, progress, interrupt);
  log.close();
  progress.end();
  if (records.length === 0) {
    process.stderr.write("stopped before the first step; nothing was written\n");
    return stopped;
  }
  const losses = records.map(({ loss }) => loss);
  const final = smooth(losses).at(-1) ?? 0;
  print(`\n${curve(losses)}`);
  const time = clock((performance.now() - started) / 1000);
  const change = `${losses[0]?.toFixed(3)} → ${final.toFixed(3)}`;
  print(`\n${fact("loss", `${change} nats per character, ${records.length - before} steps in ${time}`)}`);

  const weights = await training.weights();
  const { sample, seed, batch, seqLen } = options;
  const subtitle = `${sizes.model} ${sizes.layers} × ${sizes.hidden}, batch ${batch} × ${seqLen} characters, learning rate ${options.lr}`;
  const learnedFrom = options.text === null ? "made-up stories" : basename(options.text);
  putFiles(options.out, {
    "loss.svg": lossPlot(losses, `Learning to write: ${learnedFrom}`, subtitle),
    [modelFile]: encodeModel({ tokenizer, sizes, seed, weights }),
  });
  // The Ctrl-C that has ended training ends neither the test nor the sample; one that comes now does.
  const requested = interrupt.requested;
  const stop = () => interrupt.requested && !requested;
  const texts = { training: learned, test, vocabulary: tokenizer.size, window: seqLen };
  const judgement = await judge(device, model, texts, stop);
  if (judgement) {
    print(`\n${tellJudgement(judgement)}`);
    const seconds = records.reduce((sum, { tokensPerSecond }) => sum + (batch * seqLen) / tokensPerSecond, 0);
    const outcome = { ...judgement, parameters: parameterCount(model), steps: records.length };
    const result = resultOf("text-generation", outcome, seconds, device.adapter, portable(options.given));
    putFiles(options.out, { [resultFile]: `${JSON.stringify(result, null, 2)}\n` });
  }
  if (sample > 0) {
    const written = await write(device, model, tokenizer, options, stop);
    putFiles(options.out, { "sample.txt": `${written}\n` });
  }
  const files = [
    logFile,
    "loss.svg",
    modelFile,
    ...(judgement ? [resultFile] : []),
    ...(sample > 0 ? ["sample.txt"] : []),
  ];
  print(`\n${fact("written", `${options.out}: ${[...files, "checkpoints"].join(", ")}`)}`);
  return 0;
}

/** With the number of steps that `--epochs` asks for. */
function withSteps(options: TrainOptions, perEpoch: number): TrainOptions {
  if (options.epochs === null) return options;
  const steps = options.epochs * perEpoch;
  return { ...options, steps, scheduleSteps: steps, epochs: null };
}

function tellJudgement({ metrics, baseline, data }: Judgement): string {
  const rows = [
    ["model", metrics.lossNats.toFixed(4)],
    ["trigrams", baseline.lossNats.toFixed(4)],
  ];
  const note = `${count(data.tested)} characters that were not learned, nats per character`;
  return `${fact("tested", note)}\n${table(["", "lossNats"], rows)}`;
}

async function sampleSaved(options: LoadOptions): Promise<number> {
  const { saved, model } = readModel(options.load);
  const interrupt = new Interrupt();
  const device = await openGpu(options.adapter);
  printAdapter(device);
  printModel(model, saved.sizes);
  model.loadStateDict(device, saved.weights);
  if (options.test !== null) {
    const tokens = saved.tokenizer.encode(readText(options.test, "--test"));
    const loss = await textLoss(device, model, tokens, saved.sizes.context, () => interrupt.requested);
    if (loss) print(fact("tested", `${loss.lossNats.toFixed(4)} nats per character of ${count(loss.characters)}`));
  }
  await write(device, model, saved.tokenizer, options, () => interrupt.requested);
  return interrupt.requested ? stopped : 0;
}

/** Prints what the model writes, as it comes, and returns it. */
async function write(
  device: Device,
  model: TextModel,
  tokenizer: CharTokenizer,
  options: TrainOptions | LoadOptions,
  stop: () => boolean,
): Promise<string> {
  const { sample, temperature, topK, topP, seed } = options;
  const limits = `${topK === undefined ? "" : `, top ${topK}`}${topP === 1 ? "" : `, nucleus ${topP}`}`;
  print(`\n${fact("sample", `${count(sample)} characters at temperature ${temperature}${limits}`)}\n`);
  // In training a recurrent state is handed on from step to step, so an empty one is strange to the model: it first writes
  // a little for nobody.
  const unseen = model instanceof RecurrentModel ? 100 : 0;
  const drawing = { sample, temperature, topP, seed, unseen, ...(topK === undefined ? {} : { topK }) };
  const decoder = await openDecoder(device, model);
  const text = await sampleText(decoder, tokenizer, drawing, print, stop);
  decoder.dispose();
  print("\n");
  return text;
}

function printAdapter({ adapter }: Device): void {
  print(fact("adapter", `${adapter.name} (${adapter.kind})`));
}

function printModel(model: TextModel, sizes: ModelSizes): void {
  const rows = [...model.namedParameters()].map(([name, { shape }]) => [
    name,
    `[${shape.join(", ")}]`,
    count(elements(shape)),
  ]);
  print(`${fact("model", describeModel(sizes))}\n`);
  print(table(["layer", "shape", "parameters"], rows, ["total", "", count(parameterCount(model))]));
}

function printPlan(plan: PlanFacts, { steps, batch, seqLen }: TrainOptions, before: number): void {
  const work = `${count(plan.dispatches)} dispatches in ${count(plan.submits)} submit per step`;
  print(`\n${fact("plan", `${work}, ${count(plan.buffers)} buffers, ${size(plan.bytes)} on the GPU`)}`);
  const which =
    before === 0 ? `${count(steps)} steps` : `goes on behind step ${count(before)}, to ${count(steps)}: steps`;
  print(`${fact("training", `${which} of ${batch} × ${seqLen} characters`)}\n`);
}

/** What the log begins with. */
function head(
  device: Device,
  { command: _, resume: __, scheduleSteps: ___, given: ____, epochs: _____, ...options }: TrainOptions,
  model: TextModel,
  plan: PlanFacts,
): object {
  const { name, kind } = device.adapter;
  return {
    adapter: { name, kind },
    options,
    parameterCount: parameterCount(model),
    dispatchesPerStep: plan.dispatches,
    submitsPerStep: plan.submits,
    buffers: plan.buffers,
    gpuBytes: plan.bytes,
  };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function parameterCount(model: TextModel): number {
  return [...model.namedParameters()].reduce((sum, [, { shape }]) => sum + elements(shape), 0);
}

await runProgram("text-generation", help, main);
