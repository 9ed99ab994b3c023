// examples/text-generation run as the user runs it: what it prints, what it leaves behind, how it ends.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeStories } from "../../../examples/text-generation/corpus.ts";
import { root } from "../../../harness/setup/paths.mjs";
import { decodeSafetensors, encodeSafetensors } from "../../../src/io/index.ts";
import { killRuns } from "../../system/kill.ts";
import { sampleIn, small, TextGeneration } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "seqgrad-program-"));
const trained = join(folder, "trained");
const names = ["checkpoints", "log.jsonl", "loss.svg", "model.safetensors", "result.json", "sample.txt"];
let program: TextGeneration;
const succeed = (args: readonly string[]) => program.succeed(args);
const refuse = (args: readonly string[]) => program.refuse(args);

beforeAll(async () => {
  program = await TextGeneration.open(folder);
  await succeed([...small, "--layers", "2", "--steps", "5", "--sample", "30", "--seed", "3", "--out", trained]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a short run", () => {
  it("leaves its files and nothing else", () => {
    expect(readdirSync(trained).sort()).toEqual(names);
    expect(readFileSync(join(trained, "loss.svg"), "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(readFileSync(join(trained, "sample.txt"), "utf8")).toHaveLength(31);
  });

  it("logs what was run and then each step", () => {
    const lines = readFileSync(join(trained, "log.jsonl"), "utf8").trimEnd().split("\n");
    const [head, ...steps] = lines.map((line) => JSON.parse(line));
    expect(head).toMatchObject({
      adapter: { name: expect.any(String), kind: expect.stringMatching(/^(hardware|software)$/) },
      options: { hidden: 8, layers: 2, seqLen: 6, batch: 2, steps: 5, seed: 3 },
      dispatchesPerStep: expect.any(Number),
    });
    const { tensors } = decodeSafetensors(readFileSync(join(trained, "model.safetensors")));
    const parameters = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(head.parameterCount).toBe(parameters);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    for (const { loss, gradNorm, tokensPerSecond } of steps) {
      expect(loss).toBeGreaterThan(0);
      expect(loss).toBeLessThan(10);
      expect(gradNorm).toBeGreaterThan(0);
      expect(tokensPerSecond).toBeGreaterThan(0);
    }
  });

  it("saves PyTorch's names and shapes, and what sampling needs", () => {
    const { tensors, metadata } = decodeSafetensors(readFileSync(join(trained, "model.safetensors")));
    const vocabulary = JSON.parse(metadata.tokenizer ?? "").characters.length;
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual({
      "embed.weight": [vocabulary, 4],
      "rnn.weight_ih_l0": [32, 4],
      "rnn.weight_hh_l0": [32, 8],
      "rnn.bias_ih_l0": [32],
      "rnn.bias_hh_l0": [32],
      "rnn.weight_ih_l1": [32, 8],
      "rnn.weight_hh_l1": [32, 8],
      "rnn.bias_ih_l1": [32],
      "rnn.bias_hh_l1": [32],
      "head.weight": [vocabulary, 8],
      "head.bias": [vocabulary],
    });
    expect(metadata).toMatchObject({
      model: "lstm",
      context: "6",
      embed: "4",
      hidden: "8",
      layers: "2",
      seed: "3",
      format: "pt",
    });
  });

  it("is tested on the last tenth, which it has not learned, beside trigrams", async () => {
    const text = makeStories();
    const result = JSON.parse(readFileSync(join(trained, "result.json"), "utf8"));
    const cut = Math.floor(0.9 * text.length);
    expect(result).toMatchObject({ task: "text-generation", steps: 5, data: { trained: cut } });
    expect(text.length - cut - result.data.tested).toBeLessThan(16 * 64);
    expect(Object.keys(result.metrics)).toEqual(Object.keys(result.baseline));
    writeFileSync(join(folder, "last-tenth.txt"), text.slice(cut));
    const printed = await succeed(["--load", trained, "--test", "last-tenth.txt", "--sample", "1"]);
    expect(printed).toContain(`${result.metrics.lossNats.toFixed(4)} nats per character`);
  });

  it("samples from what it saved: the same text for the same seed, another for another", async () => {
    const load = ["--load", trained, "--sample", "30"];
    const text = sampleIn(await succeed([...load, "--seed", "3"]));
    expect(`${text}\n`).toBe(readFileSync(join(trained, "sample.txt"), "utf8"));
    expect(sampleIn(await succeed([...load, "--seed", "4"]))).not.toBe(text);
  });

  it("can be repeated bit by bit", async () => {
    const again = join(folder, "again");
    await succeed([...small, "--layers", "2", "--steps", "5", "--sample", "30", "--seed", "3", "--out", again]);
    for (const name of ["model.safetensors", "sample.txt"]) {
      expect(readFileSync(join(again, name)).equals(readFileSync(join(trained, name)))).toBe(true);
    }
  });

  it("prints adapter, model, plan, progress, curve and sample, through npm start's own script", async () => {
    const out = join(folder, "started");
    const args = [...small, "--steps", "12", "--sample", "20", "--out", out];
    const adapter = process.env.SEQGRAD_ADAPTER ? [`--adapter=${process.env.SEQGRAD_ADAPTER}`] : [];
    const { code, stdout } = await program.run([...args, ...adapter], undefined, [join(root, "harness", "start.mjs")]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^adapter {2}.+ \((hardware|software)\)$/m);
    expect(stdout).toMatch(/^ {2}rnn\.weight_ih_l0 +\[32, 4\] +128$/m);
    expect(stdout).toMatch(/^plan .*dispatches in 1 submit per step, \d+ buffers, .*B on the GPU$/m);
    expect(stdout).toMatch(/^ {2}step 12\/12 {2}loss \d\.\d{3} {2}[\d,]+ tokens\/s {2}0:00 left$/m);
    expect(stdout).toMatch(/^ +\d\.\d\d ┤[\u2800-\u28ff]{60}$/m);
    expect(sampleIn(stdout)).toHaveLength(20);
    expect(readdirSync(out).sort()).toEqual(names);
  });
});

describe("a run that goes on", () => {
  const logOf = (name: string) => {
    const [head, ...steps] = readFileSync(join(folder, name, "log.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    return { head, steps: steps.map((line) => JSON.parse(line)).map(({ step, loss }) => [step, loss]) };
  };

  it("gives the bits of one that was never broken off, each step once, and keeps its options", async () => {
    const [begin, ends] = [
      [...small, "--model", "gru", "--sample", "0", "--save-every", "2"],
      ["--steps", "9"],
    ];
    await succeed([...begin, ...ends, "--out", "unbroken"]);
    await succeed([...begin, ...ends, "--out", "broken"]);
    const { head, steps } = logOf("unbroken");
    // as if it had been killed in step 9, its line half-written, with the checkpoint of step 8
    rmSync(join(folder, "broken", "checkpoints", "checkpoint-000000009.safetensors"));
    const lines = readFileSync(join(folder, "broken", "log.jsonl"), "utf8").split("\n");
    writeFileSync(join(folder, "broken", "log.jsonl"), `${lines.slice(0, 10).join("\n")}\n{"step":9,"lo`);
    await succeed(["--resume", "broken"]);
    const found = logOf("broken");
    expect(found.steps).toEqual(steps);
    expect(JSON.parse(found.head as string).options).toEqual({ ...JSON.parse(head as string).options, out: "broken" });
    // on beyond what it was begun with; nothing left to do the second time
    const further = ["--resume", "broken", "--steps", "11"];
    expect(await succeed(further)).toContain("goes on behind step 9, to 11");
    expect(logOf("broken").steps.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const bytes = readFileSync(join(folder, "broken", "model.safetensors"));
    await succeed(further);
    expect(readFileSync(join(folder, "broken", "model.safetensors")).equals(bytes)).toBe(true);
  });

  it("is refused where it cannot", async () => {
    expect(await refuse(["--resume", "nowhere"])).toContain(
      "there is no file nowhere/log.jsonl; give the --out folder",
    );
    expect(await refuse(["--resume", trained, "--lr", "1"])).toContain("--lr is as it was when the run was begun");
    mkdirSync(join(folder, "no-log"));
    writeFileSync(join(folder, "no-log", "log.jsonl"), "hello\n");
    expect(await refuse(["--resume", "no-log"])).toContain("does not begin with a run's options");
    writeFileSync(join(folder, "other.txt"), makeStories(700_000, 2));
    const before = readFileSync(join(trained, "log.jsonl"), "utf8");
    expect(await refuse(["--resume", trained, "--text", "other.txt"])).toMatch(/another (text|model)/);
    expect(readFileSync(join(trained, "log.jsonl"), "utf8")).toBe(before);
  });

  it("whatever killed it", async () => {
    const report = await killRuns({ runs: 1, seed: 5 }, () => {});
    expect(report).toMatchObject({ runs: 1, problems: [] });
    expect(report.kills).toBeGreaterThan(0);
  });
});

describe("Ctrl-C", () => {
  const endless = [...small, "--steps", "100000"];

  it.skipIf(process.platform === "win32")("ends after the step in flight and keeps what was learned", async () => {
    let sent = false;
    const { code, stdout } = await program.run([...endless, "--sample", "10", "--out", "stopped"], (printed, kill) => {
      if (sent || !printed.includes("step ")) return;
      sent = true;
      setTimeout(kill, 500, "SIGINT");
    });
    expect(code).toBe(0);
    expect(sampleIn(stdout)).toHaveLength(10);
    expect(readdirSync(join(folder, "stopped")).sort()).toEqual(names);
    const steps =
      readFileSync(join(folder, "stopped", "log.jsonl"), "utf8")
        .trimEnd()
        .split("\n").length - 1;
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(100_000);
    await succeed(["--load", "stopped", "--sample", "5"]);
    // it was saved where it stopped
    const further = await succeed(["--resume", "stopped", "--steps", String(steps + 2), "--sample", "0"]);
    expect(further).toContain(
      `goes on behind step ${steps.toLocaleString("en")}, to ${(steps + 2).toLocaleString("en")}`,
    );
  });

  it.skipIf(process.platform === "win32")(
    "stops at once the second time, with code 130 and nothing half-written",
    async () => {
      let sent = 0;
      const { code } = await program.run([...endless, "--sample", "1000000", "--out", "aborted"], (printed, kill) => {
        // the second comes while it writes without end
        const isTime = [printed.includes("step "), existsSync(join(folder, "aborted", "model.safetensors"))][sent];
        if (!isTime) return;
        sent++;
        kill("SIGINT");
      });
      expect(code).toBe(130);
      const left = readdirSync(join(folder, "aborted")).filter((name) => name !== "result.json");
      expect(left.sort()).toEqual(["checkpoints", "log.jsonl", "loss.svg", "model.safetensors"]);
    },
  );
});

describe("bad input", () => {
  const damaged = (name: string, change: (bytes: Uint8Array) => Uint8Array): string => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "model.safetensors"), change(readFileSync(join(trained, "model.safetensors"))));
    return name;
  };
  const repacked = (name: string, change: (file: ReturnType<typeof decodeSafetensors>) => void): string =>
    damaged(name, (bytes) => {
      const file = decodeSafetensors(bytes);
      change(file);
      return encodeSafetensors(file.tensors, file.metadata);
    });

  it("text", async () => {
    writeFileSync(join(folder, "empty.txt"), "");
    writeFileSync(join(folder, "short.txt"), "too short");
    expect(await refuse(["--text", "missing.txt"])).toContain("there is no file missing.txt; give");
    expect(await refuse(["--text", "empty.txt"])).toContain("empty.txt is empty; give");
    expect(await refuse(["--text", "short.txt", "--out", "never"])).toContain(
      "short.txt has 9 characters, of which 8 are learned, but --batch 16 × --seq-len 64 needs 1,025; give a longer text, or a smaller --batch",
    );
    expect(existsSync(join(folder, "never"))).toBe(false);
  });

  it("options", async () => {
    expect(await refuse(["--hidden", "0"])).toContain('--hidden: expected a positive integer, got "0"');
    expect(await refuse(["--colour", "red"])).toContain("unknown option --colour; see --help");
    expect(await refuse(["--model", "perceptron"])).toContain(
      '--model: expected lstm, gru, rnn, minGru, minLstm or transformer, got "perceptron"',
    );
  });

  it("output folder", async () => {
    writeFileSync(join(folder, "in-the-way"), "");
    expect(await refuse(["--out", "in-the-way"])).toContain("a file is in the way; give another folder");
    expect(await refuse(["--out", join("in-the-way", "x")])).toContain("a file is in the way; give another folder");
  });

  it("a model to load", async () => {
    expect(await refuse(["--load", "nowhere"])).toContain(
      "there is no file nowhere/model.safetensors; give the --out folder",
    );
    const cut = damaged("cut", (bytes) => bytes.subarray(0, bytes.length - 1));
    expect(await refuse(["--load", cut])).toMatch(/cut\/model\.safetensors: damaged at byte \d+: .*truncated/);
    const text = damaged("text", () => new TextEncoder().encode("this is no model at all"));
    expect(await refuse(["--load", text])).toMatch(/text\/model\.safetensors: damaged at byte 0/);
    const foreign = damaged("foreign", (bytes) => encodeSafetensors(decodeSafetensors(bytes).tensors));
    expect(await refuse(["--load", foreign])).toContain("is not a model of this program");
    const renamed = repacked("renamed", ({ tensors }) => {
      const weight = tensors.get("head.weight");
      tensors.delete("head.weight");
      if (weight) tensors.set("tail.weight", weight);
    });
    expect(await refuse(["--load", renamed])).toContain('has no tensor "head.weight"');
    const recelled = repacked("recelled", ({ metadata }) => Object.assign(metadata, { model: "gru" }));
    expect(await refuse(["--load", recelled])).toContain("of shape [32, 4], expected floats of shape [24, 4]");
    const unknown = repacked("unknown", ({ metadata }) => Object.assign(metadata, { model: "perceptron" }));
    expect(await refuse(["--load", unknown])).toContain(
      'has model "perceptron", expected lstm, gru, rnn, minGru, minLstm or transformer',
    );
    const larger = repacked("larger", ({ metadata }) => Object.assign(metadata, { hidden: "9" }));
    expect(await refuse(["--load", larger])).toContain("of shape [32, 4], expected floats of shape [36, 4]");
    const absurd = repacked("absurd", ({ metadata }) => Object.assign(metadata, { layers: "1000000000" }));
    expect(await refuse(["--load", absurd])).toContain("too few for 1000000000 layers");
    const characters = repacked("characters", ({ metadata }) => Object.assign(metadata, { tokenizer: "[" }));
    expect(await refuse(["--load", characters])).toContain("its vocabulary is damaged");
  });

  it("an adapter that is not there", async () => {
    const kind = JSON.parse(readFileSync(join(trained, "log.jsonl"), "utf8").split("\n")[0] ?? "").adapter.kind;
    const other = kind === "software" ? "hardware" : "software";
    const message = await refuse([...small, "--adapter", other, "--steps", "1", "--out", "other-adapter"]);
    expect(message).toContain(`expected ${other}`);
  });

  it("a size that no GPU holds", async () => {
    expect(await refuse(["--hidden", "1000000", "--steps", "1", "--out", "huge"])).toMatch(/MiB|bytes|limit/);
    expect(readdirSync(join(folder, "huge"))).toEqual([]);
  });
});
