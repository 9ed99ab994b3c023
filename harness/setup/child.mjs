import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SetupError } from "./say.mjs";

/** The exit code of a program that Ctrl-C ended. */
export const interrupted = 130;

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
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      const now = performance.now();
      if (ownGroup && now - last > sameKeyPressMs) child.kill(signal);
      last = now;
    };
    for (const signal of signals) process.on(signal, passOn);
    child.on("error", (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      for (const each of signals) process.off(each, passOn);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
