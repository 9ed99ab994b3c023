// How the examples write files: whole or not at all, and without litter.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { putFiles } from "../../examples/shared/files.ts";

test("what a killed run left is removed by the next", () => {
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-files-"));
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const leave = (name: string, hours: number) => {
    writeFileSync(join(folder, name), "half of it");
    utimesSync(join(folder, name), new Date(), new Date(Date.now() - hours * 3.6e6));
  };
  leave(`.log.jsonl.${dead}.tmp`, 1);
  leave(`.probe.${dead}.tmp`, 1);
  const others = [`.log.jsonl.${process.ppid}.tmp`, `.somebody.${dead}.tmp`, `log.jsonl.${dead}.tmp`];
  for (const name of others) leave(name, 1);
  const young = `.loss.svg.${dead}.tmp`;
  leave(young, 0);
  putFiles(folder, { "log.jsonl": "all", "loss.svg": "<svg/>" });
  expect(readdirSync(folder).sort()).toEqual([...others, young, "log.jsonl", "loss.svg"].sort());
  expect(readFileSync(join(folder, "log.jsonl"), "utf8")).toBe("all");
  rmSync(folder, { recursive: true });
});
