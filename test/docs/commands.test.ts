// Every command of the README and of the pages, run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";
import { blocksOf, pages, textOf } from "./blocks.ts";

const commands = [
  ...new Set(
    pages
      .flatMap((page) => blocksOf(textOf(page)))
      .filter(({ language }) => language === "sh")
      .flatMap(({ code }) => code.split("\n"))
      .map((line) => line.replace(/\s+#.*/, "").trim())
      .filter(Boolean),
  ),
];

/** Run elsewhere: `npm test` is what runs this, in a clone, test/site builds and opens the page, test/package/package.test.ts installs the packed package and runs the script for Deno, test/bench/bench.test.ts measures. */
const elsewhere = new Set([
  "git clone https://github.com/seqgrad/seqgrad",
  "cd seqgrad",
  "npm test",
  "npm run site",
  "npm install seqgrad",
  "npm install seqgrad webgpu",
  "npm run bench -- --suite layers --quick",
  "npm run bench:report",
  "deno run --allow-write=sine.safetensors sine.ts",
]);

describe("commands", () => {
  // the same commands with few steps and a small model, in a folder of their own
  const out = mkdtempSync(join(tmpdir(), "seqgrad-readme-"));
  const quick: Record<string, string> = {
    "--steps": "2",
    "--hidden": "8",
    "--sample": "20",
    "--out": join(out, "default"),
  };
  afterAll(() => rmSync(out, { recursive: true }));

  function shortened(given: readonly string[]): string[] {
    if (given.includes("--help")) return [...given];
    const args = given.map((arg) => (arg.startsWith("runs/") ? join(out, arg) : arg));
    const asBegun = args.includes("--load") || args.includes("--resume");
    if (args.includes("--resume")) args[args.indexOf("--steps") + 1] = "3";
    for (const [option, value] of asBegun ? [] : Object.entries(quick)) {
      const at = args.indexOf(option);
      if (at < 0) args.push(option, value);
      else if (option !== "--out") args[at + 1] = value;
    }
    return args;
  }

  test("all are known", () => {
    for (const command of commands) {
      if (!elsewhere.has(command)) expect(command).toMatch(/^npm start( -- .+)?$/);
    }
  });

  test.each(commands.filter((command) => !elsewhere.has(command)))("%s", { timeout: 120_000 }, async (command) => {
    const args = command
      .replace(/^npm start( -- )?/, "")
      .split(/\s+/)
      .filter(Boolean);
    const { code, stdout, stderr } = await runProcess(
      process.execPath,
      [join(root, "harness", "start.mjs"), ...shortened(args)],
      { cwd: root },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.length).toBeGreaterThan(0);
  });
});
