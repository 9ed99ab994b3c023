// Programs that are run on one's own files: made-up data, given data, broken files, Ctrl-C and what goes on from there.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ProcessResult, runProcess } from "../../harness/hosts/process.ts";
import { bundleForNode } from "../../harness/setup/bundle.mjs";
import { root } from "../../harness/setup/paths.mjs";

vi.setConfig({ testTimeout: 180_000 });

const names = ["classification"] as const;
type Name = (typeof names)[number];

const folder = mkdtempSync(join(tmpdir(), "seqgrad-tasks-"));
const programs = new Map<Name, string>();

beforeAll(async () => {
  mkdirSync(join(folder, "nothing"));
  for (const name of names) programs.set(name, await bundleForNode(join(root, "examples", name, "main.ts")));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (name: Name, line: string): Promise<ProcessResult> =>
  runProcess(process.execPath, [programs.get(name) as string, ...line.split(" ").filter(Boolean)], {
    cwd: folder,
    environment: { SEQGRAD_DATA: join(folder, "nothing") },
  });

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe("classification", () => {
  const small = "--hidden 4 --embed 4 --batch 256";

  it("learns on what it makes up, and evaluates what it saved", async () => {
    const { code, stdout } = await run("classification", `--epochs 1 ${small} --out made`);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(readdirSync(join(folder, "made")).sort()).toEqual([
      ...["checkpoints", "log.jsonl", "model.safetensors", "options.json", "result.json"],
    ]);
    const result = readJson("made", "result.json");
    expect(result).toMatchObject({ task: "classification", baseline: { accuracy: expect.any(Number) }, steps: 2 });
    expect(Object.keys(result.metrics)).toEqual(Object.keys(result.baseline));
    const loaded = await run("classification", "--load made");
    expect(loaded.code).toBe(0);
    expect(loaded.stdout).toContain(result.metrics.accuracy.toFixed(4));
  });

  it("takes one's own files and says what is wrong with them", async () => {
    put("own.tsv", Array.from({ length: 40 }, (_, i) => `${i % 2}\t${i % 2 ? "good" : "bad"} thing ${i}\n`).join(""));
    const own = await run("classification", `--data own.tsv --epochs 1 ${small} --out own`);
    expect({ code: own.code, stderr: own.stderr }).toMatchObject({ code: 0 });
    expect(readJson("own", "result.json").data).toEqual({ trained: 28, tested: 8 });
    put("torn.jsonl", '{"text": "a", "label": "b"}\n{"text": "a\n');
    put("other.jsonl", '{"title": "a", "label": "b"}\n');
    const wrong = {
      "--data torn.jsonl": "torn.jsonl, line 2: is not JSON; expected an object a line",
      "--data other.jsonl":
        'other.jsonl, line 1: has no "text"; it has title, label: choose by --text-column and --label-column',
      "--data absent": "--data: absent is not there; give another path",
      "--load nothing": "give the --out of an earlier run",
      "--resume nothing": "--resume: nothing has no run that was begun (no options.json); give the --out of one",
    };
    for (const [line, message] of Object.entries(wrong)) {
      const { code, stderr } = await run("classification", line);
      expect({ line, code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
