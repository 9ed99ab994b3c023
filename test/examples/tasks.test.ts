// Programs that are run on one's own files: made-up data, given data, broken files, Ctrl-C and what goes on from there.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { madeUpGestures } from "../../examples/gestures/made-up.ts";
import { list as sizeRemedies } from "../../examples/hidden-size/remedies.ts";
import { madeUpTable } from "../../examples/missing-values/table.ts";
import { readText } from "../../examples/shared/task/files.ts";
import { partsIn } from "../../examples/shared/task/parts.ts";
import { openStopwatch } from "../../examples/shared/task/stopwatch.ts";
import { madeUpClips } from "../../examples/video/made-up.ts";
import { type ProcessResult, runProcess } from "../../harness/hosts/process.ts";
import { bundlesForNode } from "../../harness/setup/bundle.mjs";
import { root } from "../../harness/setup/paths.mjs";
import { encodeWav } from "../../src/data/index.ts";

vi.setConfig({ testTimeout: 180_000 });

const names = [
  "anomalies",
  "classification",
  "forecasting",
  "gestures",
  "hidden-size",
  "missing-values",
  "remedies",
  "sentiment",
  "speaker",
  "speech-to-text",
  "spoken-digits",
  "summarisation",
  "translation",
  "video",
] as const;
type Name = (typeof names)[number];

const folder = mkdtempSync(join(tmpdir(), "seqgrad-tasks-"));
const programs = new Map<Name, string>();
let removeBundles = (): void => {};

beforeAll(async () => {
  mkdirSync(join(folder, "nothing"));
  put(
    "strokes.jsonl",
    madeUpGestures(8, 1)
      .map((each) => `${JSON.stringify(each)}\n`)
      .join(""),
  );
  mkdirSync(join(folder, "clips"));
  const clips = madeUpClips(9, 1);
  for (const name of clips.names) writeFileSync(join(folder, "clips", name), await clips.bytes(name));
  const table = await readText(madeUpTable(1), "table.csv");
  put("own.csv", table.split("\n").slice(0, 400).join("\n"));
  mkdirSync(join(folder, "days"));
  put(
    join("days", "own.csv"),
    `at,value\n${Array.from({ length: 400 }, (_, i) => `${hour(i)},${(i % 24) + (i === 300 ? 90 : 0)}\n`).join("")}`,
  );
  put(join("days", "windows.json"), JSON.stringify([[hour(299), hour(305)]]));
  const bundles = await bundlesForNode(names.map((name) => join(root, "examples", name, "main.ts")));
  removeBundles = bundles.remove;
  for (const [i, name] of names.entries()) programs.set(name, bundles.programs[i] as string);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeBundles();
});

const run = (name: Name, line: string): Promise<ProcessResult> =>
  runProcess(process.execPath, [programs.get(name) as string, ...line.split(" ").filter(Boolean)], {
    cwd: folder,
    environment: { SEQGRAD_DATA: join(folder, "nothing") },
  });

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));
const readLines = (...path: string[]) =>
  readFileSync(join(folder, ...path), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

const hour = (i: number) => new Date(Date.UTC(2024, 0, 1, i)).toISOString().slice(0, 16).replace("T", " ");

/** Trains on what is made up, and evaluates what was saved where that is asked for. */
async function trainAndLoad(name: Name, options: string, files: readonly string[], isLoaded = false): Promise<void> {
  const { code, stdout, stderr } = await run(name, `${options} --epochs 1 --out ${name}`);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  const usual = ["checkpoints", "log.jsonl", "model.safetensors", "options.json", "result.json"];
  expect(readdirSync(join(folder, name)).sort()).toEqual([...files, ...usual].sort());
  const result = readJson(name, "result.json");
  expect(result).toMatchObject({ task: name, adapter: { kind: expect.any(String) } });
  expect(Object.keys(result.metrics)).toEqual(Object.keys(result.baseline));
  for (const figure of Object.values(result.metrics)) expect(figure).toBeTypeOf("number");
  const { data, steps, parameters } = result;
  expect([data.trained > 0, data.tested > 0, steps > 0, parameters > 100]).toEqual([true, true, true, true]);
  if (!isLoaded) return;
  const loaded = await run(name, `--load ${name}`);
  expect({ code: loaded.code, stderr: loaded.stderr }).toEqual({ code: 0, stderr: "" });
  const { milliseconds: _, ...figures } = result.metrics;
  for (const figure of Object.values<number>(figures)) expect(loaded.stdout).toContain(figure.toFixed(4));
}

describe("on made-up data", () => {
  // the figure of a saved model depends on the split that its options make
  it.each<[Name, string, readonly string[], boolean?]>([
    ["anomalies", "--data days --hidden 4 --code 2 --window 12 --horizon 4", ["alarms.csv", "anomalies.svg"], true],
    ["classification", "--hidden 4 --embed 4 --batch 256", ["confusion.svg"]],
    ["forecasting", "--hidden 4", ["forecast.svg"], true],
    ["gestures", "--data strokes.jsonl --hidden 4 --filters 4 --variants 1", ["gestures.svg"]],
    ["missing-values", "--data own.csv --hidden 4 --window 8 --variants 1 --longest 4", ["filled.csv", "gaps.svg"]],
    [
      "hidden-size",
      "--data strokes.jsonl --sizes 2 --rates 0.01 --folds 2 --filters 2 --batch 64",
      ["scores.csv", "scores.svg"],
    ],
    ["remedies", "--length 4 --hidden 4 --batch 2 --steps 2 --sequences 8 --rates 0.1", ["remedies.svg"]],
    ["video", "--data clips --hidden 4 --features 4", ["gates.svg"]],
    ["sentiment", "--hidden 4 --embed 4 --batch 256", ["attention.html", "words.svg"]],
    ["speaker", "--hidden 4 --variants 1 --batch 128", ["confusion.svg"]],
    ["speech-to-text", "--hidden 4 --layers 1 --batch 32 --strings 64 --beams 2", ["alignment.svg"]],
    [
      "spoken-digits",
      "--hidden 4 --layers 1 --variants 1 --batch 128 --unheard ada --keep last",
      ["confusion.svg"],
      true,
    ],
    ["summarisation", "--hidden 4 --embed 4 --batch 32", ["article.svg", "rouge.svg", "summaries.html"]],
    ["translation", "--hidden 4 --embed 4 --batch 256 --beams 1", ["attention.svg", "translations.tsv"]],
  ])("%s is trained, saved and loaded", trainAndLoad);
});

const remedyNames = sizeRemedies.map(({ label }) => label);

describe("hidden-size", () => {
  it("remembers what is done: --resume takes it from the log", async () => {
    const lines = () => readLines("hidden-size", "log.jsonl").filter((line) => "part" in line);
    const done = lines();
    expect(done.map(({ part }) => part)).toEqual(["hidden 2, rate 0.01", ...remedyNames.slice(1)]);
    const { code, stdout } = await run("hidden-size", "--resume hidden-size");
    expect({ code, lines: lines() }).toEqual({ code: 0, lines: done });
    const { mean } = done[0].result.lossNats;
    expect(stdout).toContain(`${mean.toFixed(3)} ±`);
  });

  it("does a part again whose line was broken off, and none after Ctrl-C", async () => {
    const path = join(folder, "parts.jsonl");
    const { signal } = new AbortController();
    await partsIn(path, false, signal)("a", async () => ({ loss: 1 }));
    writeFileSync(path, '{"part":"b","res', { flag: "a" });
    const part = partsIn(path, true, signal);
    const tell = async (name: string, loss: number) => part(name, async () => ({ loss }));
    expect([await tell("a", 2), await tell("b", 3)]).toEqual([{ loss: 1 }, { loss: 3 }]);
    await expect(partsIn(path, false, AbortSignal.abort())("c", async () => 1)).rejects.toThrow("interrupted");
  });
});

describe("remedies", () => {
  it("has no use for data", async () => {
    const { code, stderr } = await run("remedies", "--data own.csv");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("unknown option --data") });
  });
});

describe("missing-values", () => {
  it("gives back what was known, and no gaps", () => {
    const rows = (text: string) =>
      text
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(","));
    const own = rows(readFileSync(join(folder, "own.csv"), "utf8")).map(([, ...values]) => values);
    const filled = rows(readFileSync(join(folder, "missing-values", "filled.csv"), "utf8")).map(
      ([, ...values]) => values,
    );
    expect(filled).toHaveLength(own.length);
    for (const [i, values] of own.entries()) {
      for (const [column, value] of values.entries()) {
        const found = Number(filled[i]?.[column]);
        if (value === "") expect(found).not.toBeNaN();
        else expect(found).toBeCloseTo(Number(value), 4);
      }
    }
  });
});

describe("anomalies", () => {
  it("are found where the file says that they are", () => {
    expect(readJson("anomalies", "result.json").baseline).toEqual({ windowsFound: 1, falseAlarms: 0 });
    expect(readFileSync(join(folder, "anomalies", "alarms.csv"), "utf8")).toContain(
      `${hour(300).replace(" ", "T")},102,`,
    );
  });

  it("need times, and labels as they are told", async () => {
    put("numbers.csv", "a,b\n1,2\n");
    const { code, stderr } = await run("anomalies", "--data numbers.csv");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("has no column of times") });
  });
});

describe("gestures", () => {
  it("says which stroke is wrong", async () => {
    put("list.json", '[{"label": "a", "points": [[0, 0], [1, 1]]}, {"label": "b", "points": [[0, 0]]}]');
    put("few.json", '[{"label": "a", "points": [[0, 0], [1, 1]]}]');
    const wrong = {
      "list.json": 'list.json, gesture 2: "points" must be a list of two or more [x, y]',
      "few.json": "a shape has 1 strokes; give eight or more of each",
    };
    for (const [file, message] of Object.entries(wrong)) {
      const { code, stderr } = await run("gestures", `--data ${file}`);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
    }
  });
});

it("a run that was broken off took the time before that, too", () => {
  const [first, second] = [openStopwatch(), openStopwatch()];
  expect(first.seconds()).toBeLessThan(50);
  second.restore({ seconds: 100 }, new Map(), undefined as never);
  expect(second.seconds()).toBeGreaterThanOrEqual(100);
  expect(second.state()).toEqual({ seconds: expect.closeTo(second.seconds(), 1) });
});

describe("what is loaded", () => {
  const rowsOf = async (name: Name, path: string) => {
    const { code, stderr } = await run(name, `--load ${name} --predict ${path}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return readLines(name, "predictions.jsonl");
  };

  it("names strokes, scores rows and fills gaps", async () => {
    put("unlabelled.jsonl", '{"points": [[0, 0], [1, 1]]}\n{"points": [[0, 0], [1, 1], [2, 0]]}\n');
    expect(await rowsOf("gestures", "unlabelled.jsonl")).toEqual(
      [1, 2].map((stroke) => ({ stroke, class: expect.any(String), probability: expect.any(Number) })),
    );
    const days = readFileSync(join(folder, "days", "own.csv"), "utf8");
    put("days-alone.csv", days);
    const scored = await rowsOf("anomalies", "days-alone.csv");
    expect(scored).toHaveLength(days.trim().split("\n").length - 1);
    const alarms = scored.filter(({ alarm }) => alarm === "yes").map(({ time }) => time);
    expect(alarms).toContain(hour(300).replace(" ", "T"));
    // what a run found in its own series, as far as it looked
    const found = readFileSync(join(folder, "anomalies", "alarms.csv"), "utf8")
      .trim()
      .split("\n")
      .slice(1);
    expect(alarms).toEqual(expect.arrayContaining(found.map((line) => line.split(",")[0])));
    const filled = await rowsOf("missing-values", "own.csv");
    const own = readFileSync(join(folder, "own.csv"), "utf8").trim().split("\n").slice(1);
    expect(filled).toHaveLength(own.length);
    for (const [i, line] of own.entries()) {
      const isMissing = line.split(",").includes("");
      expect(filled[i].filled !== "").toBe(isMissing);
      expect(Object.values(filled[i])).not.toContain(null);
    }
  });

  it("writes sounds down, translates and summarises", async () => {
    mkdirSync(join(folder, "sounds"));
    const samples = Float32Array.from({ length: 8000 }, (_, i) => 0.3 * Math.sin(i / 5));
    writeFileSync(join(folder, "sounds", "anything.wav"), encodeWav({ sampleRate: 8000, channels: [samples] }));
    put("sentences.txt", "the red dog sees a house .\n\nA zebra likes the car\n");
    put("article.txt", "A heading\n\nIt rained all day. A club sold 12 ships. Nobody wanted to comment.\n");
    expect(await rowsOf("speech-to-text", "sounds")).toEqual([
      { file: "anything.wav", digits: expect.stringMatching(/^\d*$/), probability: expect.any(Number) },
    ]);
    expect(await rowsOf("translation", "sentences.txt")).toEqual(
      ["the red dog sees a house .", "A zebra likes the car"].map((sentence) => ({
        sentence,
        translation: expect.any(String),
      })),
    );
    const rows = await rowsOf("summarisation", "article.txt");
    expect(rows.map(({ sentence }) => sentence)).toEqual([
      "It rained all day.",
      "A club sold 12 ships.",
      "Nobody wanted to comment.",
    ]);
    const picked = rows.filter((row) => row.picked === "yes").map(({ sentence }) => sentence);
    const page = readFileSync(join(folder, "summarisation", "summaries.html"), "utf8");
    expect([...page.matchAll(/class="picked">([^<]*)</g)].map(([, sentence]) => sentence)).toEqual(picked);
  });
});

describe("classification", () => {
  it("takes one's own files and says what is wrong with them", async () => {
    put("own.tsv", Array.from({ length: 40 }, (_, i) => `${i % 2}\t${i % 2 ? "good" : "bad"} thing ${i}\n`).join(""));
    const own = await run("classification", "--data own.tsv --epochs 1 --hidden 4 --out own");
    expect({ code: own.code, stderr: own.stderr }).toMatchObject({ code: 0 });
    expect(readJson("own", "result.json").data).toEqual({ trained: 28, tested: 8 });
    const once = readJson("own", "result.json");
    const resumed = await run("classification", "--resume own --epochs 2");
    expect({ code: resumed.code, stderr: resumed.stderr }).toMatchObject({ code: 0 });
    expect(readJson("own", "result.json").steps).toBe(2 * once.steps);
    expect(readLines("own", "log.jsonl")).toHaveLength(2);
    put("unlabelled.txt", "a good thing\n\nsomething else\n");
    const predicted = await run("classification", "--load own --predict unlabelled.txt");
    expect({ code: predicted.code, stderr: predicted.stderr }).toEqual({ code: 0, stderr: "" });
    expect(predicted.stdout).toMatch(/text +class +probability[\s\S]*a good thing +[01] +0\.\d+\n +something else/);
    expect(readLines("own", "predictions.jsonl")).toEqual([
      { text: "a good thing", class: expect.stringMatching(/^[01]$/), probability: expect.any(Number) },
      { text: "something else", class: expect.stringMatching(/^[01]$/), probability: expect.any(Number) },
    ]);
    put("torn.jsonl", '{"text": "a", "label": "b"}\n{"text": "a\n');
    put("other.jsonl", '{"title": "a", "label": "b"}\n');
    const wrong = {
      "--data torn.jsonl": "torn.jsonl, line 2: is not JSON; expected an object a line",
      "--data other.jsonl": 'other.jsonl, line 1: has no "text"; it has title, label: choose by --text-column',
      "--data absent": "--data: absent is not there; give another path",
      "--load nothing": "--load: nothing has no run that was begun (no options.json); give the --out of one",
      "--load own --seed 1": "--seed is as it was when the run in own was begun; leave it out with --load",
      "--predict own.tsv": "--predict: no model says which; give the --out of an earlier run by --load",
      "--set news --data own.tsv": "--set is one of the usual sets and --data your own; leave out one of them",
      "--resume nothing": "--resume: nothing has no run that was begun (no options.json); give the --out of one",
    };
    for (const [line, message] of Object.entries(wrong)) {
      const { code, stderr } = await run("classification", line);
      expect({ line, code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
