// Which cell learns which of the classic tests of memory.
import { type Device, openDevice } from "seqgrad";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { runProgram } from "../shared/program.ts";
import { clock, table } from "../shared/terminal.ts";
import { help } from "./help.mjs";
import { type ClassicOptions, parseOptions } from "./options.ts";
import { curvesPicture, resultsJson } from "./results.ts";
import { makeTask } from "./tasks/index.ts";
import type { Task } from "./tasks/task.ts";
import { type Run, trainCell } from "./train.ts";

const print = (text: string) => process.stdout.write(text);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const task = makeTask(options.taskName, options.symbols);
  prepareFolder(options.out, ["results.json", "curves.svg"]);
  const device = await openDevice({ adapter: options.adapter });
  const { hidden, length, batch, steps } = options;
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n`);
  print(`task     ${task.name}, length ${length}: ${task.about}\n`);
  print(`training up to ${steps} steps of ${batch} sequences, hidden ${hidden}\n`);
  print(`baseline ${task.baseline(length).toFixed(4)}, the loss of the best answer that remembers nothing\n\n`);

  const runs: Run[] = [];
  for (const cell of options.cells) {
    for (const rate of options.lr) {
      const run = await runOne(device, { ...options, task, cell, rate });
      runs.push(run);
      // after each run, so that a long session that is stopped leaves what it found
      putFiles(options.out, {
        "results.json": resultsJson(device.adapter, options, task, runs),
        "curves.svg": curvesPicture(options, task, runs),
      });
      if (run.learnedAt !== null) break;
    }
  }
  print(`\n${summary(task, options, runs)}`);
  print(`\nwritten  ${options.out}: results.json, curves.svg\n`);
  return 0;
}

async function runOne(device: Device, options: Parameters<typeof trainCell>[1]): Promise<Run> {
  const { cell, rate, length } = options;
  const run = await trainCell(device, options, ({ step, loss, accuracy }, phase) => {
    const shorter = phase === length ? "" : `  (at length ${phase})`;
    print(`  ${cell} lr ${rate}  step ${step}  loss ${loss.toFixed(4)}  right ${percent(accuracy)}${shorter}\n`);
  });
  const verdict = run.learnedAt === null ? "not learned" : `learned after ${run.learnedAt} steps`;
  print(`  ${cell} lr ${rate}  ${verdict}, ${clock(run.seconds)}\n`);
  return run;
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

function summary(task: Task, { length }: ClassicOptions, runs: readonly Run[]): string {
  const longer = task.longer(length);
  const heading = [
    "cell",
    "learning rate",
    "learned at",
    "steps",
    "loss",
    "right",
    ...longer.map((n) => `at ${n}`),
    "time",
  ];
  const rows = runs.map((run) => [
    run.cell,
    String(run.lr),
    run.learnedAt === null ? "no" : String(run.learnedAt),
    String(run.steps),
    run.final.loss.toFixed(4),
    percent(run.final.accuracy),
    ...run.longer.map(({ accuracy }) => percent(accuracy)),
    clock(run.seconds),
  ]);
  const baseline = ["nothing", "", "", "", task.baseline(length).toFixed(4), "", ...longer.map(() => ""), ""];
  return table(heading, rows, baseline);
}

await runProgram("classic-tests", help, main);
