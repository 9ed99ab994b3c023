// The examples run as the user runs them, with tiny sizes: what they print, what they write, what they refuse.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runDeno } from "../harness/hosts/deno-process.ts";
import { type ProcessResult, runProcess } from "../harness/hosts/process.ts";
import { bundleForNode } from "../harness/setup/bundle.mjs";
import { root } from "../harness/setup/paths.mjs";

// seconds each, but other tests may want the same processor
vi.setConfig({ testTimeout: 180_000 });

const names = ["classic-tests", "gradient-flow", "jordan"] as const;
type Name = (typeof names)[number];

const folder = mkdtempSync(join(tmpdir(), "seqgrad-examples-"));
const programs = new Map<Name, string>();

beforeAll(async () => {
  for (const name of names) programs.set(name, await bundleForNode(join(root, "examples", name, "main.ts")));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (name: Name, line: string): Promise<ProcessResult> =>
  runProcess(process.execPath, [programs.get(name) as string, ...line.split(" ").filter(Boolean)], { cwd: folder });

async function succeed(name: Name, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(name, line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toMatch(/NaN|undefined/);
  return stdout;
}

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));
const readText = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");

describe("classic-tests", () => {
  it("learns a short adding problem with a tiny LSTM", async () => {
    const options = "--task adding --length 10 --hidden 16 --batch 16 --steps 250 --lr 0.03 --test 64 --cells lstm";
    await succeed("classic-tests", `${options} --every 125 --out adding`);
    const { baseline, runs } = readJson("adding", "results.json");
    expect(baseline).toBeCloseTo(1 / 6, 3);
    expect(runs[0].curve[0][1]).toBeGreaterThan(0.1);
    expect(runs[0].loss).toBeLessThan(baseline / 10);
  });

  it.each([
    ["copy", "--length 4 --symbols 2", "lstm,minLstm"],
    ["parity", "--length 6", "gru,minGru"],
    ["recall", "--length 5", "rnn"],
  ])("runs %s", async (task, options, cells) => {
    const small = "--hidden 4 --batch 2 --steps 4 --every 2 --test 3 --lr 0.01,0.02";
    const stdout = await succeed("classic-tests", `--task ${task} ${options} --cells ${cells} ${small} --out ${task}`);
    expect(stdout).toMatch(/^adapter {2}.+ \((hardware|software)\)$/m);
    expect(stdout).toMatch(/^ {2}nothing +\d\.\d{4} *$/m);
    expect(readdirSync(join(folder, task)).sort()).toEqual(["curves.svg", "results.json"]);
    expect(readText(task, "curves.svg")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(readText(task, "curves.svg")).not.toMatch(/NaN|undefined|Infinity/);
    const { runs } = readJson(task, "results.json");
    const list = cells.split(",");
    expect(runs.map(({ cell, lr }: { cell: string; lr: number }) => [cell, lr])).toEqual(
      list.flatMap((cell) => [0.01, 0.02].map((lr) => [cell, lr])),
    );
    for (const { steps, curve } of runs) {
      expect(steps).toBe(4);
      expect(curve[0][0]).toBe(0);
      expect(curve.at(-1)[0]).toBe(4);
    }
  });
});

it("gradient-flow draws its four charts", async () => {
  await succeed("gradient-flow", "--length 6 --hidden 4 --batch 2 --steps 2 --out flow");
  expect(readdirSync(join(folder, "flow")).sort()).toEqual(["gradient-flow.svg", "results.json"]);
  const svg = readText("flow", "gradient-flow.svg");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.match(/<g transform/g)).toHaveLength(4);
  const { initial, clipped } = readJson("flow", "results.json");
  expect(Object.keys(initial)).toEqual(Object.keys(clipped));
  for (const norms of Object.values(initial)) {
    expect(norms).toHaveLength(6);
    for (const norm of norms as number[]) expect(norm).toBeGreaterThan(0);
  }
});

it.each(["Node", "Deno"])("jordan draws before and after in %s", async (host) => {
  const options = "--hidden 8 --steps 60";
  const args = options.split(" ");
  const stdout =
    host === "Node"
      ? await succeed("jordan", options)
      : (await runDeno(programs.get("jordan") as string, { args, cwd: folder })).stdout;
  const errors = [...stdout.matchAll(/^(?:before|after) training: mean squared error (\d\.\d+)$/gm)].map(([, error]) =>
    Number(error),
  );
  expect(errors).toHaveLength(2);
  expect(errors[1]).toBeLessThan(errors[0] as number);
});

describe("one line for bad input", () => {
  writeFileSync(join(folder, "in-the-way"), "");

  it.each([
    ["classic-tests", "--task subtracting", '--task: expected adding, copy, parity or recall, got "subtracting"'],
    ["classic-tests", "--cells lstm,elman", '--cells: expected lstm, gru, rnn, minGru or minLstm, got "elman"'],
    ["classic-tests", "--lr 0.1,", '--lr: expected positive numbers with commas between them, got ""'],
    ["classic-tests", "--symbols 3", "--symbols belongs to --task copy, not to adding; leave it out"],
    ["classic-tests", "--length 1", '--length: expected an integer from 2 on, got "1"'],
    ["classic-tests", "--out in-the-way", "a file is in the way; give another folder"],
    ["gradient-flow", "--clip 0", '--clip: expected a positive number, got "0"'],
    ["gradient-flow", "--out in-the-way", "a file is in the way; give another folder"],
    ["jordan", "--hidden many", '--hidden: expected a positive integer, got "many"'],
    ["jordan", "--colour red", "unknown option --colour; see --help"],
  ] as const)("%s %s", async (name, line, message) => {
    const { code, stderr } = await run(name, line);
    expect(stderr).toMatch(new RegExp(`^${name}: [^\\n]+\\n$`));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it.each(names)("%s --help", async (name) => {
    const stdout = await succeed(name, "--help");
    expect(stdout).toContain(`examples/${name}/main.ts -- [options]`);
  });
});
