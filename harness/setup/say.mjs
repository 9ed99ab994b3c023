/** Says in one line what set-up is doing. On stderr, so that what a program prints stays its own. @param {string} line */
export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** A failure that the user can act on: shown as one line, without a stack. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";
}

/**
 * Runs a command's main function; a SetupError ends the process with its message alone.
 * @param {() => Promise<number>} main gives the exit code
 */
export async function runMain(main) {
  try {
    process.exit(await main());
  } catch (error) {
    // by its name: a bundled program has a class of its own
    if (!(error instanceof Error) || error.name !== "SetupError") throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(1);
  }
}
