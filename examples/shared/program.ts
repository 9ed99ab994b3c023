import { SeqgradError } from "seqgrad";
import { answeredEarly } from "../../harness/setup/help.mjs";
import { UserError } from "./errors.ts";

/**
 * Runs an example's main function on the command line's arguments and ends the process with the code that it gives.
 * @param help what `--help` prints
 */
export async function runProgram(
  name: string,
  help: string,
  main: (args: readonly string[]) => Promise<number>,
): Promise<void> {
  // Whoever reads the output may have seen enough (`| head`).
  process.stdout.on("error", () => process.exit(0));
  const args = process.argv.slice(2);
  if (answeredEarly(args, help)) return;
  const code = await main(args).catch((error: unknown) => {
    report(name, error);
    return 1;
  });
  // An open device keeps the process alive, so it is ended; what was printed goes out first.
  process.stdout.write("", () => process.exit(code));
}

/** One line for what the user can put right; the stack, on request, for what is our fault. */
function report(name: string, error: unknown): void {
  const expected = error instanceof UserError || error instanceof SeqgradError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = expected || process.env.SEQGRAD_DEBUG ? "" : " (unexpected; SEQGRAD_DEBUG=1 shows where)";
  process.stderr.write(`${name}: ${message}${hint}\n`);
  if (process.env.SEQGRAD_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
