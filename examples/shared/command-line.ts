import { parseArgs } from "node:util";
import { UserError } from "./errors.ts";
import { Flags } from "./flags.ts";

/** The options on a command line. parseArgs is used leniently and judged here, for messages that say what to do. Throws a UserError. */
export function readFlags(args: readonly string[], known: readonly string[]): Flags {
  const options = Object.fromEntries(known.map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind === "positional") throw new UserError(`"${token.value}" is not an option; see --help`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!known.includes(name)) throw new UserError(`unknown option ${rawName}; see --help`);
    if (value === undefined) throw new UserError(`${rawName} needs a value; see --help`);
    if (given[name] !== undefined) throw new UserError(`${rawName} is given twice; leave out one of them`);
    given[name] = value;
  }
  return new Flags(given);
}
