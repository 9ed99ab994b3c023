/** Files on a disk. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Files } from "./files.ts";

/** A file, or a folder with the files in it. Throws a UserError that names the option. */
export function openFiles(option: string, path: string): Files {
  const names = namesAt(option, path);
  if (names.length === 0) throw new UserError(`${option}: ${path} has no files; give another folder`);
  const single = !statSync(path).isDirectory();
  return {
    name: path.replace(/[/\\]+$/, ""),
    names,
    async bytes(name) {
      try {
        return new Uint8Array(await readFile(single ? path : join(path, name)));
      } catch (error) {
        throw new UserError(`${option}: ${join(path, name)} cannot be read (${(error as Error).message})`);
      }
    },
  };
}

function namesAt(option: string, path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [basename(path)];
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "is not there" : code === "EACCES" ? "may not be read by this user" : message;
    throw new UserError(`${option}: ${path} ${why}; give another path`);
  }
}

/** Where data sets lie. */
export const dataFolder = (): string => resolve(process.env.SEQGRAD_DATA ?? join("..", "shared", "data"));

/** What is found below SEQGRAD_DATA. A variable that names a folder which is not there is a mistake; the default may be absent. */
export function usualFiles(set: string): Files | undefined {
  const folder = process.env.SEQGRAD_DATA;
  if (folder !== undefined && !existsSync(folder)) {
    throw new UserError(`SEQGRAD_DATA: ${folder} is not there; give a folder of data sets, or unset it`);
  }
  const path = join(folder ?? join("..", "shared", "data"), set);
  return existsSync(path) ? openFiles("SEQGRAD_DATA", path) : undefined;
}
