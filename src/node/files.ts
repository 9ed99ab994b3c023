/** Files that are there whole or not at all, whenever the process ends. */
import { basename, dirname, join } from "node:path";

/**
 * Puts a file in place, with the folders above it: written under another name, flushed to the disk, then renamed. Whoever reads
 * meanwhile finds the whole file, old or new.
 */
export async function putFile(path: string, content: string | Uint8Array): Promise<void> {
  const { mkdir, open, rename, rm } = await import("node:fs/promises");
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await removeAbandoned(path);
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(draft, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** So that the name is on the disk, too. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const { open } = await import("node:fs/promises");
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** A draft is written in far less. Younger ones are left alone: their writer may live where we cannot see it. */
const ABANDONED_MS = 60_000;

/** What comes before the process's number in the names of drafts, for files whose names say a number of their own. */
const family = (name: string): string => name.replace(/\d+/g, "#");

/** Removes drafts of processes that were killed before they could put them in place. */
async function removeAbandoned(path: string): Promise<void> {
  const { readdir, rm, stat } = await import("node:fs/promises");
  const [folder, name] = [dirname(path), basename(path)];
  for (const draft of await readdir(folder)) {
    const [, of = "", pid] = /^(.+)\.(\d+)\.tmp$/.exec(draft) ?? [];
    if (family(of) !== family(name) || isAlive(Number(pid))) continue;
    const file = join(folder, draft);
    const { mtimeMs = Date.now() } = (await stat(file).catch(() => undefined)) ?? {};
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(file, { force: true });
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
