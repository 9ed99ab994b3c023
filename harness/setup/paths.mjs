// Folders of the checkout. Found by walking up, because this file also runs from bundles in the cache folder.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** @param {string} start */
function findRoot(start) {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "harness", "setup"))) return folder;
    if (folder === dirname(folder)) throw new Error(`no seqgrad checkout above ${start}`);
  }
}

export const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Everything that the harness makes and can make again: unpacked browsers and drivers, bundles, reports. */
export const cache = join(root, ".cache");
