// A zoo of recurrent cells, and which of them remembers how long.
import { openDevice } from "seqgrad";
import { makeTask } from "../classic-tests/tasks/index.ts";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { runProgram } from "../shared/program.ts";
import { clock, table } from "../shared/terminal.ts";
import { help } from "./help.mjs";
import { type Climb, climb, enough } from "./ladder.ts";
import { type CellsOptions, lengthsOf, parseOptions } from "./options.ts";
import { memoryPicture, resultsJson } from "./results.ts";
import { readSaved } from "./saved.ts";

const print = (text: string) => process.stdout.write(text);
const percent = (share: number) => `${Math.floor(100 * share)}%`;

async function main(args: readonly string[]): Promise<number> {
  const { resume, ...options } = parseOptions(args);
  prepareFolder(options.out, ["results.json", "memory.svg"]);
  const device = await openDevice({ adapter: options.adapter });
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n`);
  print(
    `lengths  ${lengthsOf(options).join(", ")}; learned when ${percent(enough)} of the forgetful loss are gone\n\n`,
  );
  const climbs: Climb[] = resume ? readSaved(options.out).climbs : [];
  for (const taskName of options.tasks) {
    const task = makeTask(taskName, options.symbols);
    for (const cell of options.cells) {
      if (climbs.some((each) => each.task === taskName && each.cell === cell)) continue;
      const found = await climb(device, task, cell, options, ({ length, steps, remembered }) => {
        print(`  ${taskName} ${cell}  length ${length}  ${percent(remembered)} after ${steps} steps\n`);
      });
      climbs.push(found);
      // after each, so that a long session that is stopped leaves what it found
      putFiles(options.out, {
        "results.json": resultsJson(device.adapter, options, climbs),
        "memory.svg": memoryPicture(options, climbs),
      });
    }
  }
  print(`\n${summary(options, climbs)}\nwritten  ${options.out}: results.json, memory.svg\n`);
  return 0;
}

/** The longest length that each cell learned, by task. */
function summary({ cells, tasks }: CellsOptions, climbs: readonly Climb[]): string {
  const rows = cells.map((cell) => {
    const own = climbs.filter((each) => each.cell === cell);
    const longest = tasks.map((task) => own.find((each) => each.task === task)?.longest || "–");
    return [cell, ...longest.map(String), clock(own.reduce((sum, { seconds }) => sum + seconds, 0))];
  });
  return table(["cell", ...tasks, "time"], rows);
}

await runProgram("cells", help, main);
