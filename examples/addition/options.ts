import { type AnsweringSettings, readSettings, settingNames } from "../shared/answering/options.ts";
import { readFlags } from "../shared/command-line.ts";
import { defaults } from "./help.mjs";

export interface AdditionOptions extends AnsweringSettings {
  readonly digits: number;
}

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): AdditionOptions {
  const flags = readFlags(args, ["digits", ...settingNames]);
  return { digits: flags.integer("digits", 3, 1, 12), ...readSettings(flags, defaults) };
}
