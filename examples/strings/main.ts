// A small Transformer learns to reverse or to sort strings; pictures of where its heads look.
import { runAnswering } from "../shared/answering/program.ts";
import { runProgram } from "../shared/program.ts";
import { help } from "./help.mjs";
import { parseOptions } from "./options.ts";
import { drawString, end, stringFormat } from "./task.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const { task, shortest, longest, letters } = options;
  const doing = task === "reverse" ? "Reversing" : "Sorting";
  return runAnswering({
    about: `${doing} strings of ${shortest} to ${longest} out of ${letters} letters`,
    options,
    format: stringFormat(options),
    draw: (random, heldOut) => drawString(options, random, heldOut),
    tidy: (answer) => answer.split(end)[0] + (answer.includes(end) ? end : ""),
  });
}

await runProgram("strings", help, main);
