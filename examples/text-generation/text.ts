import { readFileSync } from "node:fs";
import { UserError } from "../shared/errors.ts";

/** Reads a UTF-8 text file; line ends become "\n". */
export function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`--text: ${whyUnreadable(path, error)}; give the path of a text file`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`--text: ${path} is not UTF-8 text; convert it first, e.g. with iconv`);
  }
  text = text.replaceAll("\r\n", "\n");
  if (text.trim() === "") throw new UserError(`--text: ${path} is empty; give a file with some text in it`);
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
