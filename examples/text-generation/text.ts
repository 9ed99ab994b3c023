import { readFileSync } from "node:fs";
import { CharTokenizer } from "seqgrad";
import { UserError } from "../shared/errors.ts";
import { count } from "../shared/terminal.ts";
import { makeStories } from "./corpus.ts";
import type { TrainOptions } from "./options.ts";

/** What is learned and what is tested on. The tokenizer knows the characters of both. */
export interface Texts {
  /** All that `--text` has. */
  readonly text: string;
  readonly tokenizer: CharTokenizer;
  readonly training: Int32Array;
  /** Of another file, or the last tenth of the text. */
  readonly test: Int32Array;
}

/** Throws a UserError where a file cannot be read or is too short. */
export function readTexts({ text: path, test: testPath, batch, seqLen }: TrainOptions): Texts {
  const text = path === null ? makeStories() : readText(path);
  const other = testPath === null ? undefined : readText(testPath, "--test");
  const tokenizer = CharTokenizer.fromText(text + (other ?? ""));
  const tokens = tokenizer.encode(text);
  const cut = other === undefined ? Math.floor(0.9 * tokens.length) : tokens.length;
  const needed = batch * seqLen + 1;
  if (cut < needed) {
    const part = other === undefined ? `, of which ${count(cut)} are learned` : "";
    throw new UserError(
      `--text: ${path ?? "the made-up text"} has ${count(tokens.length)} characters${part}, but --batch ${batch} × --seq-len ${seqLen} needs ${count(needed)}; give a longer text, or a smaller --batch or --seq-len`,
    );
  }
  const test = other === undefined ? tokens.subarray(cut) : tokenizer.encode(other);
  return { text, tokenizer, training: tokens.subarray(0, cut), test };
}

/** Reads a UTF-8 text file; line ends become "\n". `option` is named in errors. */
export function readText(path: string, option = "--text"): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`${option}: ${whyUnreadable(path, error)}; give the path of a text file`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${option}: ${path} is not UTF-8 text; convert it first, e.g. with iconv`);
  }
  text = text.replaceAll("\r\n", "\n");
  if (text.trim() === "") throw new UserError(`${option}: ${path} is empty; give a file with some text in it`);
  return text;
}

/** What a failed read means, in words. */
export function whyUnreadable(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return `there is no file ${path}`;
  if (code === "EISDIR") return `${path} is a folder`;
  if (code === "EACCES" || code === "EPERM") return `${path} may not be read by this user`;
  return `${path} cannot be read (${message})`;
}
