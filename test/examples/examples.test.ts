// The examples run as the user runs them, with tiny sizes: what they print, what they write, what they refuse.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  decodeIso,
  encodeDates,
  heldOutDate,
  isoLength,
  sourceLength,
  sourceVocabulary,
  trainingDate,
  type Written,
} from "../../examples/dates/dates.ts";
import { seededRandom } from "../../examples/shared/random.ts";
import { runDeno } from "../../harness/hosts/deno-process.ts";
import { type ProcessResult, runProcess } from "../../harness/hosts/process.ts";
import { bundlesForNode } from "../../harness/setup/bundle.mjs";
import { root } from "../../harness/setup/paths.mjs";

// seconds each, but other tests may want the same processor
vi.setConfig({ testTimeout: 180_000 });

const names = [
  "cells",
  "classic-tests",
  "gradient-flow",
  "jordan",
  "strings",
  "addition",
  "hopfield",
  "lm-curves",
  "dates",
] as const;
type Name = (typeof names)[number];

const folder = mkdtempSync(join(tmpdir(), "seqgrad-examples-"));
const programs = new Map<Name, string>();
let removeBundles = (): void => {};

beforeAll(async () => {
  const bundles = await bundlesForNode(names.map((name) => join(root, "examples", name, "main.ts")));
  removeBundles = bundles.remove;
  for (const [i, name] of names.entries()) programs.set(name, bundles.programs[i] as string);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeBundles();
});

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
    ["recall", "--length 5", "rnn,minGru"],
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

it("cells climb until they fail, and go on where they were broken off", async () => {
  const small = "--tasks recall,parity --shortest 2 --longest 4 --hidden 4 --batch 2 --steps 2 --test 3";
  await succeed("cells", `${small} --cells sLstm --out cells`);
  const path = join(folder, "cells", "results.json");
  const whole = readJson("cells", "results.json");
  expect(whole.climbs.map(({ task }: { task: string }) => task)).toEqual(["recall", "parity"]);
  for (const { longest, rungs } of whole.climbs) expect([longest, rungs.length, rungs[0][1]]).toEqual([0, 1, 2]);
  writeFileSync(path, JSON.stringify({ ...whole, climbs: whole.climbs.slice(0, 1) }));
  const stdout = await succeed("cells", "--resume cells");
  expect(stdout).not.toMatch(/recall sLstm {2}length/);
  const withoutTimes = ({ climbs }: { climbs: object[] }) => climbs.map((each) => ({ ...each, seconds: 0 }));
  expect(withoutTimes(readJson("cells", "results.json"))).toEqual(withoutTimes(whole));
  expect(readText("cells", "memory.svg").match(/<g class="panel"/g)).toHaveLength(2);
  const refused = await run("cells", "--resume cells --hidden 8");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    "cells: --hidden: a run goes on with its own options; leave it out\n",
  ]);
});

it("gradient-flow draws its four charts", async () => {
  await succeed("gradient-flow", "--length 6 --hidden 4 --batch 2 --steps 2 --out flow");
  expect(readdirSync(join(folder, "flow")).sort()).toEqual(["gradient-flow.svg", "results.json"]);
  const svg = readText("flow", "gradient-flow.svg");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.match(/<g class="panel"/g)).toHaveLength(4);
  const { initial, clipped } = readJson("flow", "results.json");
  expect(Object.keys(initial)).toEqual(Object.keys(clipped));
  for (const norms of Object.values(initial)) {
    expect(norms).toHaveLength(6);
    for (const norm of norms as number[]) expect(norm).toBeGreaterThan(0);
  }
});

it("jordan draws before and after, in Deno", async () => {
  const args = "--hidden 8 --steps 20".split(" ");
  const { stdout } = await runDeno(programs.get("jordan") as string, { args, cwd: folder });
  const errors = [...stdout.matchAll(/^(?:before|after) training: mean squared error (\d\.\d+)$/gm)].map(([, error]) =>
    Number(error),
  );
  expect(errors).toHaveLength(2);
  expect(errors[1]).toBeLessThan(errors[0] as number);
});

describe("a Transformer that answers", () => {
  const small = "--d-model 16 --heads 2 --layers 1 --batch 16 --steps 60 --every 30 --lr 0.01 --test 8";

  it.each([
    ["strings", "--task sort --longest 4 --letters 4", "sort", /^ +[a-d]{4}>[a-d.]/m],
    ["addition", "--digits 1", "sums", /^ +\d\+\d=\d\d/m],
  ] as const)("%s %s", async (name, line, out, answers) => {
    const stdout = await succeed(name, `${line} ${small} --out ${out}`);
    expect(stdout).toMatch(answers);
    expect(readdirSync(join(folder, out)).sort()).toEqual(["attention.svg", "curves.svg", "results.json"]);
    const { steps, curve, test } = readJson(out, "results.json");
    expect(steps).toBe(60);
    expect(curve.map(([step]: [number]) => step)).toEqual([30, 60]);
    expect(curve[1][1]).toBeLessThan(curve[0][1]);
    // a guess is right in one of as many characters as there are
    expect(test.charactersRight / test.characters).toBeGreaterThan(1 / 7);
    for (const file of ["attention.svg", "curves.svg"]) {
      expect(readText(out, file)).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(readText(out, file)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

it("hopfield: Hebb's rule forgets where attention does not", async () => {
  await succeed("hopfield", "--units 100 --most 16 --draws 1 --states 40 --out hopfield");
  expect(readdirSync(join(folder, "hopfield")).sort()).toEqual(["capacity.svg", "recall.svg", "results.json"]);
  const { pictures, curves } = readJson("hopfield", "results.json");
  const [unlike, letters] = pictures;
  expect(unlike).toMatchObject({ pictures: 8, backByClassical: 8, backByModern: 8 });
  expect(letters.backByClassical).toBeLessThan(8);
  expect(letters.backByModern).toBe(8);
  const recalled = (network: string, units: number, stored: number) =>
    curves
      .find((curve: { network: string; units: number }) => curve.network === network && curve.units === units)
      .points.find(([count]: [number]) => count === stored)[1];
  expect(recalled("classical", 100, 4)).toBe(1);
  expect(recalled("classical", 100, 40)).toBeLessThan(0.1);
  expect(recalled("modern", 25, 10)).toBeGreaterThan(0.9);
  for (const file of ["capacity.svg", "recall.svg"]) {
    expect(readText("hopfield", file)).not.toMatch(/NaN|undefined|Infinity/);
  }
});

it("lm-curves trains a Transformer and an LSTM with as many parameters", async () => {
  writeFileSync(join(folder, "text.txt"), "to be, or not to be, that is the question: ".repeat(40));
  const sizes = "--seq-len 8 --batch 4 --steps 6 --every 3 --sweep 2 --lr-transformer 0.001,0.01 --lr-lstm 0.01";
  await succeed("lm-curves", `--text text.txt ${sizes} --out curves`);
  expect(readdirSync(join(folder, "curves")).sort()).toEqual(["curves.svg", "results.json"]);
  expect(readText("curves", "curves.svg")).not.toMatch(/NaN|undefined|Infinity/);
  const { models } = readJson("curves", "results.json");
  const [transformer, lstm] = models;
  expect([transformer.name, lstm.name]).toEqual(["transformer", "lstm"]);
  expect(Math.abs(lstm.parameters / transformer.parameters - 1)).toBeLessThan(0.02);
  const chosen = transformer.sweep.reduce((a: { validation: number }, b: { validation: number }) =>
    b.validation < a.validation ? b : a,
  );
  expect(transformer.sweep.map(({ lr }: { lr: number }) => lr)).toEqual([0.001, 0.01]);
  expect(transformer.lr).toBe(chosen.lr);
  expect(lstm.sweep).toEqual([]);
  for (const { steps, curve, validation } of models) {
    expect(steps).toBe(6);
    expect(curve.map(([step]: [number]) => step)).toEqual([3, 6]);
    expect(curve[1][1]).toBeLessThan(curve[0][1]);
    expect(validation).toBeGreaterThan(0);
  }
});

describe("dates", () => {
  it.each([["gru", "bahdanau", " --forcing 0.5", "dates"]])(
    "trains a small %s with attention %s",
    async (cell, attention, more, out) => {
      const small = "--hidden 8 --embed 4 --batch 8 --steps 12 --every 6 --test 11 --lr 0.03";
      const stdout = await succeed("dates", `--cell ${cell} --attention ${attention}${more} ${small} --out ${out}`);
      expect(stdout).toMatch(/^ {2}step +12 {2}loss \d\.\d{4} {2}exact \d+\.\d%$/m);
      expect(readdirSync(join(folder, out)).sort()).toEqual(["dates-attention.svg", "dates.json"]);
      const { curve, options, wrong } = readJson(out, "dates.json");
      expect(options).toMatchObject({ cell, attention, steps: 12 });
      expect(curve.map(([step]: [number]) => step)).toEqual([0, 6, 12]);
      expect(curve[2][1]).toBeLessThan(curve[1][1]);
      for (const { iso } of wrong) expect(iso).toMatch(/^(19[5-9]|20[0-4])\d-[01]\d-[0-3]\d$/);
      const svg = readText(out, "dates-attention.svg");
      expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg.match(/<g class="panel"/g)).toHaveLength(6);
    },
  );

  it("writes and reads dates without loss, and holds days out", () => {
    const random = seededRandom(3);
    const [seen, held] = [trainingDate, heldOutDate].map((draw) => Array.from({ length: 3000 }, () => draw(random)));
    const days = new Set((seen as Written[]).map(({ iso }) => iso));
    expect((held as Written[]).filter(({ iso }) => days.has(iso))).toEqual([]);
    const dates = [...(seen as Written[]), ...(held as Written[])];
    const { source, lengths, target } = encodeDates(dates);
    dates.forEach(({ source: text, iso }, row) => {
      expect(decodeIso(target.subarray(row * isoLength, (row + 1) * isoLength))).toBe(iso);
      expect(new Date(`${iso}T00:00:00Z`).toISOString().slice(0, isoLength)).toBe(iso);
      const length = lengths[row] as number;
      expect(length).toBe(text.length);
      const tokens = source.subarray(row * sourceLength, (row + 1) * sourceLength);
      expect(tokens.subarray(0, length).every((token) => token > 0 && token < sourceVocabulary)).toBe(true);
      expect(tokens.subarray(length).every((token) => token === 0)).toBe(true);
    });
    // one text never means two days
    const meanings = new Map<string, string>();
    for (const { source: text, iso } of dates)
      expect(meanings.set(text, meanings.get(text) ?? iso).get(text)).toBe(iso);
  });
});

describe("one line for bad input", () => {
  writeFileSync(join(folder, "short.txt"), "too short");
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
    ["dates", "--attention cosine", '--attention: expected general, dot, concat or bahdanau, got "cosine"'],
    ["dates", "--forcing 2", '--forcing: expected a probability from 0 to 1, got "2"'],
    ["dates", "--out in-the-way", "a file is in the way; give another folder"],
    ["jordan", "--hidden many", '--hidden: expected a positive integer, got "many"'],
    ["jordan", "--colour red", "unknown option --colour; see --help"],
    ["strings", "--task shuffle", '--task: expected reverse or sort, got "shuffle"'],
    ["strings", "--shortest 5 --longest 4", "--shortest: 5 is more than --longest 4; give at most 4"],
    ["strings", "--heads 5", "--heads: 5 does not divide --d-model 64; give a divisor"],
    ["addition", "--digits 0", '--digits: expected an integer from 1 to 12, got "0"'],
    ["addition", "--out in-the-way", "a file is in the way; give another folder"],
    ["hopfield", "--noise 0.5", '--noise: expected a number from 0 up to 0.5, got "0.5"'],
    ["lm-curves", "--steps 5", "--text is missing; give a text of a megabyte or so"],
    ["lm-curves", "--text nowhere.txt", "--text: there is no file nowhere.txt; give the path of a text file"],
    ["lm-curves", "--text short.txt", "give a longer text, or a smaller --batch or --seq-len"],
  ] as const)("%s %s", async (name, line, message) => {
    const { code, stderr } = await run(name, line);
    expect(stderr).toMatch(new RegExp(`^${name}: [^\\n]+\\n$`));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it("tells the options where the bundle is run by itself", async () => {
    expect(await succeed("jordan", "--help")).toContain("npm run example -- jordan [options]");
  });
});
