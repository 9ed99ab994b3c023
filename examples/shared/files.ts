import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "./errors.ts";

/** Makes the folder and finds out whether the files can be put there, before any work is spent on them. */
export function prepareFolder(folder: string, names: readonly string[]): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    const probe = temporaryPath(folder, "probe");
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new UserError(`--out: ${whyUnwritable(folder, error)}; give another folder`);
  }
  for (const name of names) {
    if (statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory()) {
      throw new UserError(
        `--out: ${join(folder, name)} is a folder where a file must go; remove it or give another --out`,
      );
    }
  }
}

/** Writes files whole or not at all: all under temporary names first, then each moved into place. */
export function putFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const names = Object.keys(files);
  try {
    removeAbandoned(folder, names);
    for (const name of names) writeFileSync(temporaryPath(folder, name), files[name] ?? "", { flush: true });
    for (const name of names) renameSync(temporaryPath(folder, name), join(folder, name));
  } catch (error) {
    for (const name of names) rmSync(temporaryPath(folder, name), { force: true });
    throw new UserError(`${names.join(", ")} could not be written: ${whyUnwritable(folder, error)}`);
  }
}

/** A file is written in far less. Younger ones are left alone: their writer may live where we cannot see it. */
const abandonedMs = 60_000;

/** Removes temporary files of runs that were killed while they wrote. */
function removeAbandoned(folder: string, names: readonly string[]): void {
  for (const file of readdirSync(folder)) {
    const [, name, pid] = /^\.(.+)\.(\d+)\.tmp$/.exec(file) ?? [];
    if (name === undefined || !(names.includes(name) || name === "probe") || isAlive(Number(pid))) continue;
    const path = join(folder, file);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > abandonedMs) rmSync(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Not mkdir's `recursive`: Node 20 never returns from it where the system answers "no such file" (/proc on Linux). */
function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}

function temporaryPath(folder: string, name: string): string {
  return join(folder, `.${name}.${process.pid}.tmp`);
}

function whyUnwritable(folder: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EEXIST" || code === "ENOTDIR") return `${folder} cannot be a folder, a file is in the way`;
  if (code === "EACCES" || code === "EPERM") return `${folder} may not be written by this user`;
  if (code === "ENOENT") return `${folder} cannot be made`;
  if (code === "EROFS") return `${folder} is on a read-only file system`;
  if (code === "ENOSPC") return `the disk of ${folder} is full`;
  return `${folder} cannot be written (${message})`;
}
