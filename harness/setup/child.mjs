import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SetupError } from "./say.mjs";

/** One Ctrl-C reaches us twice under npm: from the terminal and from npm. What follows within this time is the same. */
const sameKeyPressMs = 500;

/**
 * Runs a program in the foreground until it ends and gives its exit code. Signals are passed on, once each, so that the
 * program decides how it ends; the child is kept out of the terminal's process group for that, since the terminal would
 * otherwise send it another.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} environment added to our own
 * @returns {Promise<number>}
 */
export function runChild(command, args, environment) {
  const ownGroup = process.platform !== "win32";
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { stdio: "inherit", env, detached: ownGroup });
    let last = Number.NEGATIVE_INFINITY;
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) {
      process.on(signal, () => {
        const now = performance.now();
        if (ownGroup && now - last > sameKeyPressMs) child.kill(signal);
        last = now;
      });
    }
    child.on("error", (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
