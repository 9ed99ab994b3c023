/** Runs a task as a program in Node: options, files, a terminal, Ctrl-C. */
import { existsSync, readFileSync, rmSync } from "node:fs";
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
import { UserError } from "../errors.ts";
import { prepareFolder, putFiles } from "../files.ts";
import { Flags } from "../flags.ts";
import { Interrupt } from "../interrupt.ts";
import { runProgram } from "../program.ts";
import { clock, count, fact, table } from "../terminal.ts";
import type { Files } from "./files.ts";
import { type TaskFacts, taskFlags, taskHelp } from "./help.mjs";
import { openFiles } from "./node-files.ts";
import { decodeModel, encodeModel, modelFile } from "./saved.ts";
import { type Figures, fitWith, Interrupted, type Job, type Outcome, resultOf, type Task } from "./task.ts";

const stopped = 130;
const optionsFile = "options.json";
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
  const asked = Flags.read(args, [...taskFlags, ...task.flags]);
  const resume = asked.has("resume");
  const folder = ["load", "resume"].find((name) => asked.has(name));
  const flags = folder ? begunFlags(asked, folder, task.flags) : asked;
  const options = task.readOptions(flags);
  const adapter = flags.choice("adapter", "auto", adapters);
  const out = flags.path("out", join("runs", facts.name));
  const pathIn = (option: string) => (flags.has(option) ? openFiles(`--${option}`, flags.path(option, "")) : undefined);
  const [given, usual] = [pathIn("data"), facts.set === undefined ? undefined : usualFiles(facts.set)];
  const data = given ?? usual;
  const test = pathIn("test") ?? (given || !usual || !facts.testSet ? undefined : usualFiles(facts.testSet));
  const saved = flags.has("load") ? decodeModel<Settings>(facts.name, flags.path("load", "")) : undefined;
  if (!resume && !saved) prepareFolder(out, [modelFile, "result.json", logFile, optionsFile]);

  const stop = new AbortController();
  const interrupt = new Interrupt(() => {
    process.stderr.write("\nstopping after the steps in flight; once more: at once\n");
    stop.abort();
  });
  const device = await openDevice({ adapter });
  print(fact("adapter", `${device.adapter.name} (${device.adapter.kind})`));
  print(fact("data", `${data?.name ?? `made up: ${facts.made}`}${test ? `; tested on ${test.name}` : ""}`));
  const store = folderCheckpoints(join(out, "checkpoints"), { keep: 1 });
  if (!saved && !resume) await beginAnew(out, store, flags);
  const started = performance.now();
  const surroundings = [callbacks.progress(), epochLog(out), saving(store)];
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
    say: (name, text) => print(fact(name, text)),
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
  const seconds = (performance.now() - started) / 1000;
  print(`\n${figuresTable(outcome)}`);
  if (!saved) {
    const files = {
      ...outcome.files,
      ...(outcome.model && { [modelFile]: encodeModel(facts.name, outcome.model) }),
      "result.json": `${JSON.stringify(resultOf(facts.name, outcome, seconds, device.adapter), null, 2)}\n`,
    };
    putFiles(out, files);
    print(`\n${fact("written", `${out}: ${[...Object.keys(files), logFile].join(", ")}; ${clock(seconds)}`)}`);
  }
  return 0;
}

/** What is found below SEQGRAD_DATA. A variable that names a folder which is not there is a mistake; the default may be absent. */
function usualFiles(set: string): Files | undefined {
  const folder = process.env.SEQGRAD_DATA;
  if (folder !== undefined && !existsSync(folder)) {
    throw new UserError(`SEQGRAD_DATA: ${folder} is not there; give a folder of data sets, or unset it`);
  }
  const path = join(folder ?? join("..", "shared", "data"), set);
  return existsSync(path) ? openFiles("SEQGRAD_DATA", path) : undefined;
}

async function beginAnew(out: string, store: CheckpointStore, flags: Flags): Promise<void> {
  await store.clear();
  rmSync(join(out, logFile), { force: true });
  putFiles(out, { [optionsFile]: `${JSON.stringify(flags.given())}\n` });
}

/** A line of JSON for each epoch. Written whole each time: what was logged behind the checkpoint that a run goes on from is gone. */
function epochLog(out: string): FitCallback {
  const write = (epochs: readonly EpochEvent[]) =>
    putFiles(out, { [logFile]: epochs.map((each) => `${JSON.stringify(each)}\n`).join("") });
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

/** What may be another than it was when the run was begun. All else belongs to the model, or to which data it was not trained on. */
const mayDiffer: Readonly<Record<string, readonly string[]>> = {
  load: ["load", "data", "test", "adapter"],
  resume: ["resume", "epochs", "adapter"],
};

/** The options of the run in the folder that `--load` or `--resume` names, with those that are given anew. */
function begunFlags(asked: Flags, option: string, own: readonly string[]): Flags {
  const folder = asked.path(option, "");
  const other = asked.names().find((name) => !mayDiffer[option]?.includes(name));
  if (other !== undefined) {
    throw new UserError(`--${other} is as it was when the run in ${folder} was begun; leave it out with --${option}`);
  }
  let begun: Record<string, string>;
  try {
    begun = JSON.parse(readFileSync(join(folder, optionsFile), "utf8"));
  } catch {
    throw new UserError(`--${option}: ${folder} has no run that was begun (no ${optionsFile}); give the --out of one`);
  }
  const merged = new Map(Object.entries({ ...begun, ...asked.given(), out: folder }));
  merged.delete("resume");
  const args = [...merged].map(([name, value]) => `--${name}=${value}`);
  return Flags.read(args, [...taskFlags, ...own]);
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
