/** Runs a task as a program in Node: options, files, a terminal, Ctrl-C. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type CheckpointStore,
  callbacks,
  type EpochEvent,
  type FitCallback,
  folderCheckpoints,
  openDevice,
} from "seqgrad";
import { adapters } from "../adapters.ts";
import { readFlags } from "../command-line.ts";
import { prepareFolder, putFiles } from "../files.ts";
import type { Flags } from "../flags.ts";
import { Interrupt } from "../interrupt.ts";
import { runProgram } from "../program.ts";
import { clock, count, fact, table } from "../terminal.ts";
import { begunFlags, checkTogether, portable, readModel } from "./begun.ts";
import { type TaskFacts, taskFlags, taskHelp } from "./help.mjs";
import { openFiles, usualFiles } from "./node-files.ts";
import { linesOf, partsIn } from "./parts.ts";
import { tellPredictions } from "./predictions.ts";
import { encodeModel, modelFile, optionsFile } from "./saved.ts";
import { openStopwatch } from "./stopwatch.ts";
import { type Figures, fitWith, Interrupted, type Job, type Outcome, resultOf, type Task } from "./task.ts";

const stopped = 130;
const logFile = "log.jsonl";
const secondsBetweenCheckpoints = 30;
const print = (text: string) => process.stdout.write(text);

export async function runTask<Options, Settings>(facts: TaskFacts, task: Task<Options, Settings>): Promise<void> {
  await runProgram(facts.name, taskHelp(facts), (args) => main(facts, task, args));
}

async function main<Options, Settings>(
  facts: TaskFacts,
  task: Task<Options, Settings>,
  args: readonly string[],
): Promise<number> {
  const known = [...taskFlags(facts), ...task.flags];
  const asked = readFlags(args, known);
  const resume = asked.has("resume");
  const folder = ["load", "resume"].find((name) => asked.has(name));
  const flags = folder ? begunFlags(asked, folder, known) : asked;
  checkTogether(flags);
  const options = task.readOptions(flags);
  const adapter = flags.choice("adapter", "auto", adapters);
  const out = flags.path("out", join("runs", facts.name));
  const pathIn = (option: string) => (flags.has(option) ? openFiles(`--${option}`, flags.path(option, "")) : undefined);
  const set = facts.sets?.[flags.choice("set", Object.keys(facts.sets)[0] ?? "", Object.keys(facts.sets))] ?? facts;
  const [given, usual] = [pathIn("data"), set.set === undefined ? undefined : usualFiles(set.set)];
  const data = given ?? usual;
  const test = pathIn("test") ?? (given || !usual || !set.testSet ? undefined : usualFiles(set.testSet));
  const saved = flags.has("load") ? readModel<Settings>(facts.name, flags.path("load", "")) : undefined;
  if (!resume && !saved) prepareFolder(out, [modelFile, "result.json", logFile, optionsFile]);

  const stop = new AbortController();
  const interrupt = new Interrupt(() => {
    process.stderr.write("\nstopping after the steps in flight; once more: at once\n");
    stop.abort();
  });
  const device = await openDevice({ adapter });
  print(fact("adapter", `${device.adapter.name} (${device.adapter.kind})`));
  const say = (name: string, text: string) => print(fact(name, text));
  const unlabelled = pathIn("predict");
  if (unlabelled && saved && task.predict) {
    const predictions = task.predict({ device, options, data: unlabelled, saved, say });
    await tellPredictions(predictions, flags.path("load", ""), task.pages);
    return 0;
  }
  print(fact("data", `${data?.name ?? `made up: ${facts.made}`}${test ? `; tested on ${test.name}` : ""}`));
  const store = folderCheckpoints(join(out, "checkpoints"), { keep: 1 });
  if (!saved && !resume) await beginAnew(out, store, flags);
  const stopwatch = openStopwatch();
  const surroundings = [callbacks.progress(), stopwatch, epochLog(out), saving(store)];
  const job: Job<Options, Settings> = {
    device,
    options,
    data,
    test,
    epochs: flags.has("epochs") ? flags.integer("epochs", facts.epochs) : undefined,
    seed: flags.integer("seed", 0, 0, 2 ** 31),
    saved,
    resume: resume ? store : undefined,
    fit: fitWith(surroundings, stop.signal),
    part: partsIn(join(out, logFile), resume, stop.signal),
    say,
  };
  let outcome: Outcome<Settings>;
  try {
    outcome = await task.run(job);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    print(`stopped; npm run example -- ${facts.name} --resume ${out} goes on\n`);
    return stopped;
  } finally {
    interrupt.dispose();
  }
  const seconds = stopwatch.seconds();
  print(`\n${figuresTable(outcome)}`);
  if (!saved) {
    const files = {
      ...outcome.files,
      ...(outcome.model && { [modelFile]: encodeModel(facts.name, outcome.model) }),
      "result.json": `${JSON.stringify(resultOf(facts.name, outcome, seconds, device.adapter, portable(flags.given())), null, 2)}\n`,
    };
    putFiles(out, files);
    print(`\n${fact("written", `${out}: ${[...Object.keys(files), logFile].join(", ")}; ${clock(seconds)}`)}`);
  }
  return 0;
}

async function beginAnew(out: string, store: CheckpointStore, flags: Flags): Promise<void> {
  await store.clear();
  rmSync(join(out, logFile), { force: true });
  putFiles(out, { [optionsFile]: `${JSON.stringify(flags.given())}\n` });
}

/** A line of JSON for each epoch. Written whole each time: what was logged behind the checkpoint that a run goes on from is gone. */
function epochLog(out: string): FitCallback {
  const write = (epochs: readonly EpochEvent[]) => {
    const lines = [...linesOf(join(out, logFile)), ...epochs];
    putFiles(out, { [logFile]: lines.map((each) => `${JSON.stringify(each)}\n`).join("") });
  };
  return {
    epoch: (event, { history }) => write([...history.filter(({ epoch }) => epoch < event.epoch), event]),
  };
}

/** Checkpoints every so often and at the end, however it came. */
function saving(store: CheckpointStore): FitCallback {
  let saved = performance.now();
  return {
    async step(_, { trainer }) {
      if (performance.now() - saved < secondsBetweenCheckpoints * 1000) return;
      await trainer.save(store);
      saved = performance.now();
    },
    end: ({ trainer }) => trainer.save(store),
  };
}

function figuresTable<S>({ metrics, baseline, parameters, steps, data }: Outcome<S>): string {
  const names = Object.keys(metrics) as (keyof Figures)[];
  const cell = (figures: Figures, name: keyof Figures) => figures[name]?.toFixed(4) ?? "";
  const rows = [
    ["model", ...names.map((name) => cell(metrics, name)), count(parameters)],
    ["baseline", ...names.map((name) => cell(baseline, name)), ""],
  ];
  const note = `${count(steps)} steps on ${count(data.trained)} examples, tested on ${count(data.tested)}`;
  return `${table(["", ...names, "parameters"], rows)}\n${fact("tested", note)}`;
}
