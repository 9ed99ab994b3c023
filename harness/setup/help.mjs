// What a command answers before it sets anything up: --help, fitted to the terminal, and --version.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** Narrower text cannot be read. */
const leastColumns = 24;

/** Whether a command line asks for what needs neither packages nor an adapter. @param {readonly string[]} args */
export const asksForHelp = (args) => args.some((arg) => arg === "--help" || arg === "-h");

/** @param {readonly string[]} args */
export const asksForVersion = (args) => args.includes("--version");

/**
 * Prints the help or the version if asked to; says whether it was.
 * @param {readonly string[]} args
 * @param {string} help
 */
export function answeredEarly(args, help) {
  if (asksForHelp(args)) process.stdout.write(fitHelp(help, columnsOf(process.stdout)));
  else if (asksForVersion(args)) process.stdout.write(`seqgrad ${version()}\n`);
  else return false;
  return true;
}

/** The package's version. @returns {string} */
export const version = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/** How many columns text may have: as many as it likes where no terminal shows it. @param {{ isTTY?: boolean, columns?: number }} output */
export function columnsOf({ isTTY, columns }) {
  return isTTY ? Math.max(leastColumns, columns || 80) : Number.POSITIVE_INFINITY;
}

/**
 * Help as it is written, or, where it is too wide, each option on a line of its own with what it means below it.
 * @param {string} text lines of `  --option VALUE  what it means`, their continuations indented as deep, and prose
 * @param {number} columns
 */
export function fitHelp(text, columns) {
  const lines = text.replace(/\n+$/, "").split("\n");
  if (lines.every((line) => line.length <= columns)) return text;
  /** @type {string[]} */
  const fitted = [];
  let meaning = "";
  const flush = () => {
    if (meaning) fitted.push(wrap(meaning, columns, "      "));
    meaning = "";
  };
  for (const line of lines) {
    const option = /^ +(\S+(?: \S+)*) {2,}(\S.*)$/.exec(line) ?? /^ +(--\S+ [A-Z]+) (\S.*)$/.exec(line);
    if (option) {
      flush();
      fitted.push(wrap(option[1] ?? "", columns, "  "));
      meaning = option[2] ?? "";
    } else if (meaning && /^ {4,}\S/.test(line)) {
      meaning += ` ${line.trim()}`;
    } else {
      flush();
      fitted.push(wrap(line.trim(), columns, /^ */.exec(line)?.[0] ?? ""));
    }
  }
  flush();
  return `${fitted.join("\n")}\n`;
}

/**
 * Breaks a line between words; what is longer than a line stays whole.
 * @param {string} text
 * @param {number} columns
 * @param {string} indent of each line
 * @param {string} first of the first one, instead
 */
export function wrap(text, columns, indent = "", first = indent) {
  /** @type {string[]} */
  const lines = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/ +/)) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}
