import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";

const ROOMS = ["src", "kernels", "harness", "test", "bench", "examples", "site"];
const MOST = 24;
const isMade = (folder: string) => /(^|\/)(generated|node_modules|\.[^/]+)(\/|$)/.test(folder);

/** Source files of each folder below a room, by its path from the checkout's root. */
function countSources(room: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of readdirSync(join(root, room), { recursive: true, withFileTypes: true })) {
    const folder = entry.parentPath.slice(root.length).replaceAll("\\", "/").replace(/^\//, "");
    if (!entry.isFile() || isMade(folder) || !/\.(m?ts|mjs|wgsl|vue)$/.test(entry.name)) continue;
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}

test.each(ROOMS)(`no folder of %s has more than ${MOST} source files`, (room) => {
  const counts = countSources(room);
  expect(counts.size).toBeGreaterThan(0);
  expect([...counts].filter(([, count]) => count > MOST)).toEqual([]);
});
