// A small Transformer learns to add numbers that it has never seen together.
import { runAnswering } from "../shared/answering/program.ts";
import { runProgram } from "../shared/program.ts";
import { help } from "./help.mjs";
import { parseOptions } from "./options.ts";
import { additionFormat, drawSum } from "./task.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const { digits } = options;
  return runAnswering({
    about: `Adding numbers of ${digits} ${digits === 1 ? "digit" : "digits"}, units first`,
    options,
    format: additionFormat(digits),
    draw: (random, heldOut) => drawSum(digits, random, heldOut),
    tidy: (answer) => answer,
  });
}

await runProgram("addition", help, main);
