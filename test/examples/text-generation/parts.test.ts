// The parts of examples/text-generation that need no GPU.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../../examples/shared/errors.ts";
import { prepareFolder, putFiles } from "../../../examples/shared/files.ts";
import { learningRateAt } from "../../../examples/shared/schedule.ts";
import { bin, smooth } from "../../../examples/shared/series.ts";
import { clock, curve, fact, Progress, size, table } from "../../../examples/shared/terminal.ts";
import { makeStories } from "../../../examples/text-generation/corpus.ts";
import { help } from "../../../examples/text-generation/help.mjs";
import { parseOptions } from "../../../examples/text-generation/options.ts";
import { sampleText } from "../../../examples/text-generation/sample.ts";
import { readText } from "../../../examples/text-generation/text.ts";
import { fitHelp } from "../../../harness/setup/help.mjs";
import { CharTokenizer } from "../../../src/data/text/char-tokenizer.ts";
import { FakeDecoder } from "../../generate/markov.ts";

const folder = mkdtempSync(join(tmpdir(), "seqgrad-text-generation-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("options", () => {
  it("has defaults for everything", () => {
    expect(parseOptions([])).toMatchObject({ command: "train", text: null, model: "lstm", adapter: "auto" });
  });

  it("reads what is given, with = and without", () => {
    const args = "--hidden 7 --seq-len=9 --lr 1e-2 --clip .5 --steps +3 --text a.txt --seed 4294967295 --sample 0";
    const expected = {
      hidden: 7,
      seqLen: 9,
      lr: 0.01,
      clip: 0.5,
      steps: 3,
      text: "a.txt",
      seed: 2 ** 32 - 1,
      sample: 0,
    };
    expect(parseOptions(args.split(" "))).toMatchObject(expected);
  });

  it("takes passes over the text in place of steps, and --data for --text", () => {
    const options = parseOptions(["--epochs", "2", "--data", "a.txt", "--test", "b.txt"]);
    expect(options).toMatchObject({ epochs: 2, text: "a.txt", test: "b.txt" });
    expect(options).toMatchObject({ given: { epochs: "2", data: "a.txt", test: "b.txt" } });
    expect(() => parseOptions(["--epochs", "2", "--steps", "3"])).toThrow("--epochs takes the place of --steps");
    expect(() => parseOptions(["--text", "a", "--data", "b"])).toThrow("--data is --text");
  });

  it("samples only with --load", () => {
    const options = parseOptions(["--load", "runs/x", "--sample", "5", "--temperature", "0", "--seed", "3"]);
    const sampling = { sample: 5, temperature: 0, topP: 1, seed: 3, adapter: "auto" };
    expect(options).toEqual({ command: "load", load: "runs/x", test: null, ...sampling });
    expect(parseOptions("--load x --top-k 4 --top-p .9".split(" "))).toMatchObject({ topK: 4, topP: 0.9 });
  });

  it("knows what each kind of model takes", () => {
    const recurrent = parseOptions("--model gru --layers 3 --embed 5".split(" "));
    expect(recurrent).toMatchObject({ model: "gru", layers: 3, embed: 5, hidden: 128 });
    expect(recurrent).not.toHaveProperty("heads");
    expect(parseOptions(["--cell", "gru"])).toMatchObject({ model: "gru" });
    const transformer = parseOptions("--model transformer --heads 2 --hidden 10 --positions alibi".split(" "));
    expect(transformer).toMatchObject({ model: "transformer", heads: 2, hidden: 10, positions: "alibi" });
    expect(transformer).not.toHaveProperty("embed");
  });

  it.each([
    ["--hidden 0", '--hidden: expected a positive integer, got "0"'],
    ["--layers -1", '--layers: expected a positive integer, got "-1"'],
    ["--embed 1.5", '--embed: expected a positive integer, got "1.5"'],
    ["--seq-len x", '--seq-len: expected a positive integer, got "x"'],
    ["--batch 0x10", '--batch: expected a positive integer, got "0x10"'],
    ["--steps Infinity", '--steps: expected a positive integer, got "Infinity"'],
    ["--steps=", '--steps: expected a positive integer, got ""'],
    ["--steps 99999999999999999999", "--steps: expected a positive integer"],
    ["--sample -1", '--sample: expected an integer from 0 on, got "-1"'],
    ["--seed 4294967296", '--seed: expected an integer from 0 to 4294967295, got "4294967296"'],
    ["--lr 0", '--lr: expected a positive number, got "0"'],
    ["--clip NaN", '--clip: expected a positive number, got "NaN"'],
    ["--temperature -0.1", '--temperature: expected a number from 0 on, got "-0.1"'],
    ["--top-k 0", '--top-k: expected a positive integer, got "0"'],
    ["--top-p 0", '--top-p: expected a number above 0, at most 1, got "0"'],
    ["--top-p 1.1", "--top-p: expected a number above 0, at most 1"],
    ["--model cnn", '--model: expected lstm, gru, rnn, minGru, minLstm or transformer, got "cnn"'],
    ["--cell cnn", '--cell: expected lstm, gru, rnn, minGru, minLstm or transformer, got "cnn"'],
    ["--cell gru --model gru", "--cell is --model; leave out one of them"],
    ["--model gru --heads 2", "--heads belongs to --model transformer, not to gru; leave it out"],
    ["--model transformer --embed 2", "--embed belongs to recurrent models, not to transformer; leave it out"],
    ["--model transformer --positions here", "--positions: expected learned, sinusoidal, rope, alibi or none"],
    [
      "--model transformer --hidden 12",
      "--hidden: 4 heads with --positions rope need a multiple of 8, got 12; change --hidden or --heads",
    ],
    ["--model transformer --hidden 6 --positions none", "--hidden: 4 heads need a multiple of 4, got 6"],
    ["--adapter cuda", '--adapter: expected auto, hardware or software, got "cuda"'],
    ["--hiden 3", "unknown option --hiden; see --help"],
    ["-x", "unknown option -x; see --help"],
    ["--steps", "--steps needs a value; see --help"],
    ["--steps 3 --steps 4", "--steps is given twice; leave out one of them"],
    ["train", '"train" is not an option; see --help'],
    ["--out=", "--out: the path is empty; give one or leave it out"],
    ["--load x --hidden 3", "--hidden belongs to training and --load only samples; leave out one of them"],
    ["--save-every 0", '--save-every: expected a positive integer, got "0"'],
    ["--load x --sample 0", '--sample: expected a positive integer, got "0"'],
  ])("refuses %s", (line, message) => {
    expect(() => parseOptions(line.split(" "))).toThrow(new RegExp(`^${message.replace(/[.?|()[\]]/g, "\\$&")}`));
    expect(() => parseOptions(line.split(" "))).toThrow(UserError);
  });
});

describe("the made-up text", () => {
  const text = makeStories(50_000);

  it("is the same every time, and long enough", () => {
    expect(makeStories(50_000)).toBe(text);
    expect(text.length).toBeGreaterThanOrEqual(50_000);
    expect(text.length).toBeLessThan(52_000);
  });

  it("closes its brackets and quotation marks, and makes verbs agree", () => {
    for (const paragraph of text.split("\n")) {
      expect(paragraph.replace(/[^()]/g, "").replaceAll("()", "")).toBe("");
      expect((paragraph.match(/"/g) ?? []).length % 2).toBe(0);
      expect(paragraph).not.toMatch(/\b(these|two|seven) \w+ (walks|keeps|has)\b/);
    }
    expect(text).not.toMatch(/undefined| {2}/);
  });
});

describe("files", () => {
  it("reads text, with any line ends and without the byte order mark", () => {
    writeFileSync(join(folder, "dos.txt"), "\ufeffa\r\nü\r\n");
    expect(readText(join(folder, "dos.txt"))).toBe("a\nü\n");
  });

  it("says why a text cannot be read", () => {
    writeFileSync(join(folder, "empty.txt"), "");
    writeFileSync(join(folder, "blank.txt"), " \n\t\n");
    writeFileSync(join(folder, "latin1.txt"), Uint8Array.of(0x61, 0xfc, 0x62));
    expect(() => readText(join(folder, "none.txt"))).toThrow(/^--text: there is no file .*none\.txt; give/);
    expect(() => readText(join(folder, "empty.txt/x"))).toThrow(/there is no file/);
    expect(() => readText(folder)).toThrow(/is a folder; give/);
    expect(() => readText(join(folder, "empty.txt"))).toThrow(/is empty; give/);
    expect(() => readText(join(folder, "blank.txt"))).toThrow(/is empty; give/);
    expect(() => readText(join(folder, "latin1.txt"))).toThrow(/is not UTF-8 text; convert/);
  });

  it("makes the output folder and leaves nothing else in it", () => {
    const out = join(folder, "deep", "er");
    prepareFolder(out, ["log.jsonl"]);
    prepareFolder(out, ["log.jsonl"]);
    expect(readdirSync(out)).toEqual([]);
  });

  it("finds what is in the way before anything is written", () => {
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "taken", "log.jsonl"), { recursive: true });
    expect(() => prepareFolder(join(folder, "file"), [])).toThrow(/a file is in the way; give another folder/);
    expect(() => prepareFolder(join(folder, "file", "below"), [])).toThrow(/a file is in the way/);
    expect(() => prepareFolder(join(folder, "taken"), ["log.jsonl"])).toThrow(
      /log\.jsonl is a folder where a file must go/,
    );
    expect(readdirSync(join(folder, "taken"))).toEqual(["log.jsonl"]);
  });

  // Node's own recursive mkdir never returns there.
  it.runIf(existsSync("/proc/self"))("gives up on a place where no folder can be made", () => {
    expect(() => prepareFolder("/proc/seqgrad/out", [])).toThrow(UserError);
  });

  it("puts all files in place or, where one fails, none", () => {
    const out = join(folder, "together");
    prepareFolder(out, []);
    putFiles(out, { "a.txt": "old", b: Uint8Array.of(1) });
    putFiles(out, { "a.txt": "new" });
    expect(readFileSync(join(out, "a.txt"), "utf8")).toBe("new");
    expect(() => putFiles(out, { "a.txt": "newer", "no/such/folder": "x" })).toThrow(/could not be written/);
    expect(readFileSync(join(out, "a.txt"), "utf8")).toBe("new");
    expect(readdirSync(out)).toEqual(["a.txt", "b"]);
  });
});

describe("learning rate", () => {
  it.each([1, 2, 5, 500])("rises, then falls, and is never zero, over %i steps", (steps) => {
    const rates = Array.from({ length: steps }, (_, i) => learningRateAt(i + 1, steps, 0.01));
    const peak = rates.indexOf(Math.max(...rates));
    expect(Math.max(...rates)).toBeCloseTo(0.01, 12);
    for (let i = 1; i < steps; i++) expect(i <= peak).toBe((rates[i] ?? 0) > (rates[i - 1] ?? 0));
    expect(Math.min(...rates)).toBeGreaterThan(0);
  });
});

describe("sampling", () => {
  const tokenizer = CharTokenizer.fromText("\nabc");
  const sample = async (seed: number, stop: (text: string) => boolean = () => false, unseen = 100) => {
    const decoder = new FakeDecoder(1, tokenizer.size, (context) => [0, 1, 1, context.at(-1) as number]);
    let written = "";
    const text = await sampleText(
      decoder,
      tokenizer,
      { sample: 12, temperature: 1, seed, unseen },
      (part) => (written += part),
      () => stop(written),
    );
    expect(written).toBe(text);
    return { text, fed: tokenizer.decode(decoder.context[0] as number[]) };
  };

  it("gives each character back as the next input, the same for the same seed, until told to stop", async () => {
    const { text, fed } = await sample(5);
    expect(text).toHaveLength(12);
    // Some characters come before those that are shown, up to a line's end.
    expect(fed).toMatch(/^\n/);
    expect(fed.length).toBeGreaterThan(100);
    expect(fed.endsWith(`\n${text.slice(0, -1)}`)).toBe(true);
    expect((await sample(5)).text).toBe(text);
    expect((await sample(6)).text).not.toBe(text);
    expect((await sample(5, (written) => written.length === 4)).text).toBe(text.slice(0, 4));
  });

  it("shows all where nothing is to be hidden", async () => {
    const { text, fed } = await sample(5, undefined, 0);
    expect(text).toHaveLength(12);
    expect(fed).toBe(`\n${text.slice(0, -1)}`);
  });
});

describe("series", () => {
  it("smooths without lag and without levelling the start", () => {
    expect(smooth([4, 4, 4], 10)).toEqual([4, 4, 4]);
    expect(smooth([], 10)).toEqual([]);
    expect(smooth([9, 5, 1, 5, 9], 1)).toEqual([9, 5, 11 / 3, 5, 7]);
    const line = Array.from({ length: 100 }, (_, i) => i);
    expect(smooth(line, 7).slice(0, 90)).toEqual(line.slice(0, 90));
  });

  it("bins by means that use every value once", () => {
    expect(bin([1, 2, 3, 4, 5], 2)).toEqual([
      { at: 0.5, value: 1.5 },
      { at: 3, value: 4 },
    ]);
    expect(bin([7], 3)).toEqual([{ at: 0, value: 7 }]);
  });
});

describe("terminal", () => {
  it("writes times and sizes", () => {
    expect([0, 59.6, 61, 3599, 3661].map(clock)).toEqual(["0:00", "1:00", "1:01", "59:59", "1:01:01"]);
    expect([5, 2048, 3 * 2 ** 20].map(size)).toEqual(["5 B", "2.0 KiB", "3.0 MiB"]);
  });

  it("lines a table up", () => {
    const lines = table(["layer", "parameters"], [["a.weight", "1,000"]], ["total", "1,000"])
      .trimEnd()
      .split("\n");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it("writes a line for every tenth where there is no terminal, and redraws one where there is", () => {
    for (const [isTTY, lines, environment] of [
      [false, 11, {}],
      [true, 0, { TERM: "xterm" }],
      [true, 11, { TERM: "dumb" }],
      [true, 11, { NO_COLOR: "1" }],
    ] as const) {
      let text = "";
      const output = { write: (part: string) => (text += part), isTTY, columns: 60 };
      const progress = new Progress(output, 200, environment);
      for (let step = 1; step <= 200; step++) progress.update(step, 2, 1000);
      expect(text.split("\n").length - 1).toBe(lines);
      expect(text.split("\r").length - 1).toBe(lines === 0 ? 200 : 0);
      if (lines > 0) expect(text).not.toContain("\x1b");
      for (const line of text.split(/[\n\r]/)) expect(line.replace("\x1b[2K", "").length).toBeLessThan(60);
    }
  });

  it.each([40, 30])("fits a terminal of %i columns", (columns) => {
    let text = "";
    const output = { write: (part: string) => (text += part), isTTY: true, columns };
    const progress = new Progress(output, 750, { TERM: "xterm" });
    for (const step of [1, 9, 750]) progress.update(step, 12.345, 123456);
    progress.end();
    text = text.replaceAll("\r\x1b[2K", "\n");
    expect(text).toMatch(/loss 12\.345/);
    text += table(
      ["layer", "shape", "parameters"],
      [["layers.0.attention.in_proj_weight", "[192, 64]", "12,288"]],
      undefined,
      columns,
    );
    text += fact("plan", "1,234 dispatches in 1 submit per step, 12 buffers, 3.4 MiB on the GPU", output);
    text += fitHelp(help, columns);
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(Math.max(columns, 35));
    for (const [, option] of help.matchAll(/^ +(--[\w-]+)/gm)) expect(text).toContain(`\n  ${option}`);
  });

  it.each([1, 2, 7, 120, 1000])("draws a curve of %i values without gaps", (length) => {
    const lines = curve(Array.from({ length }, (_, i) => 3 / (1 + i))).split("\n");
    const cells = lines.slice(0, 10).map((line) => line.slice(10));
    for (let column = 0; column < 60; column++) {
      expect(cells.some((line) => line.charCodeAt(column) > 0x2800)).toBe(true);
    }
    expect(lines.at(-2)).toMatch(new RegExp(`1 +step ${length}$`));
  });
});
