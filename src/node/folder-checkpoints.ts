import { join } from "node:path";
import { checkArgument, required, text } from "../options.ts";
import { type CheckpointStore, type Shelf, type StoreOptions, storeOn } from "../train/checkpoint/store.ts";
import { putFile } from "./files.ts";

/**
 * Checkpoints as files in a folder, which is made when something is saved for the first time, with the folders above it. A file
 * is there whole or not at all, whenever the process ends. Other files of the folder are left alone.
 */
export function folderCheckpoints(path: string, options?: StoreOptions): CheckpointStore {
  checkArgument("folderCheckpoints", "path", path, required(text));
  const names = async (): Promise<string[]> => {
    const { readdir } = await import("node:fs/promises");
    return readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
  };
  const remove = async (gone: readonly string[]) => {
    const { rm } = await import("node:fs/promises");
    for (const name of gone) await rm(join(path, name), { force: true });
  };
  const shelf: Shelf = {
    async put(name, bytes, outdated) {
      await putFile(join(path, name), bytes);
      await remove(outdated(await names()));
    },
    async get(pick) {
      const { readFile } = await import("node:fs/promises");
      const name = pick(await names());
      if (name === undefined) return undefined;
      const file = join(path, name);
      return { name: file, bytes: new Uint8Array(await readFile(file)) };
    },
    clear: async (isOurs) => remove((await names()).filter(isOurs)),
  };
  return storeOn("folderCheckpoints", shelf, options);
}
