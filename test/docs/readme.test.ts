// Every command and example of the README, run.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { bundleForNode } from "../../harness/setup/bundle.mjs";
import { cache, root } from "../../harness/setup/paths.mjs";

const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] as string);

const commands = blocks("sh")
  .flatMap((block) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*/, "").trim())
  .filter(Boolean);

/** Run elsewhere: `npm test` is what runs this, test/package/package.test.ts installs the packed package and runs the script for Deno, test/bench/bench.test.ts measures. */
const elsewhere = new Set([
  "npm test",
  "npm install seqgrad",
  "npm install seqgrad webgpu",
  "npm run bench -- --suite layers --quick",
  "npm run bench:report",
  "deno run --allow-write=sine.safetensors sine.ts",
]);

describe("examples", () => {
  const folder = join(cache, "readme");
  const files = blocks("ts").map((code, i) => ({ code, file: join(folder, `example-${i + 1}.ts`) }));
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    // an example is a module of its own; Node keeps running while a device is open unless told to end
    for (const { code, file } of files) writeFileSync(file, `${code}\nprocess.exit(0);\n`);
    const options = {
      extends: "../../tsconfig.json",
      include: ["*.ts"],
      compilerOptions: { paths: { seqgrad: ["../../src/index.ts"], "seqgrad/data": ["../../src/data/index.ts"] } },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("there are some", () => expect(files.length).toBeGreaterThan(3));

  test("have right types", async () => {
    const { code, stdout } = await runProcess(
      process.execPath,
      [join(root, "node_modules", "typescript", "bin", "tsc"), ...["--noEmit", "-p", folder]],
      {},
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  test.each(files.map(({ file }, i) => [i + 1, file] as const))("number %i runs", async (_, file) => {
    const { code, stdout, stderr } = await runProcess(process.execPath, [await bundleForNode(file)], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout).not.toMatch(/NaN|undefined/);
  });
});

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
