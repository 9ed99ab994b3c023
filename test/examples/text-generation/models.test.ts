// Every model of examples/text-generation is trained, saved, loaded and writes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeSafetensors } from "../../../src/io/index.ts";
import { sampleIn, small, TextGeneration } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "seqgrad-models-"));
let program: TextGeneration;

beforeAll(async () => {
  program = await TextGeneration.open(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ["gru", [24, 8]],
  ["rnn", [8, 8]],
  ["minGru", undefined],
  ["minLstm", undefined],
] as const)("trains, saves, loads and samples a %s", { timeout: 120_000 }, async (model, recurrent) => {
  const out = join(folder, model);
  await program.succeed([...small, "--model", model, "--layers", "2", "--steps", "3", "--sample", "20", "--out", out]);
  const { tensors, metadata } = decodeSafetensors(readFileSync(join(out, "model.safetensors")));
  expect(metadata.model).toBe(model);
  expect(tensors.get("rnn.weight_hh_l1")?.shape).toEqual(recurrent);
  const text = sampleIn(await program.succeed(["--load", out, "--sample", "20"]));
  expect(`${text}\n`).toBe(readFileSync(join(out, "sample.txt"), "utf8"));
});

it.each(["rope", "learned"])(
  "trains, saves, loads and samples a transformer, %s",
  { timeout: 240_000 },
  async (positions) => {
    const out = join(folder, `transformer-${positions}`);
    const sizes = "--model transformer --hidden 8 --heads 2 --seq-len 6 --batch 2 --layers 2".split(" ");
    const args = [...sizes, "--positions", positions, "--steps", "3", "--sample", "20", "--top-k", "9", "--out", out];
    const stdout = await program.succeed(args);
    expect(stdout).toContain(`model    transformer, 2 layers of 8, 2 heads, positions ${positions}`);
    expect(stdout).toContain("sample   20 characters at temperature 0.5, top 9\n");
    const { tensors, metadata } = decodeSafetensors(readFileSync(join(out, "model.safetensors")));
    expect(metadata).toMatchObject({
      model: "transformer",
      heads: "2",
      layers: "2",
      hidden: "8",
      context: "6",
      positions,
    });
    expect(tensors.get("body.layers.1.self_attn.in_proj_weight")?.shape).toEqual([24, 8]);
    expect(tensors.get("position")?.shape).toEqual(positions === "learned" ? [6, 8] : undefined);
    // longer than what it sees at once
    const text = sampleIn(await program.succeed(["--load", out, "--sample", "20", "--top-k", "9"]));
    expect(text).toHaveLength(20);
    expect(`${text}\n`).toBe(readFileSync(join(out, "sample.txt"), "utf8"));
  },
);

it("a transformer learns a text of the user's own", { timeout: 240_000 }, async () => {
  writeFileSync(join(folder, "abc.txt"), "abcdefgh\r\n".repeat(300));
  const args =
    "--text abc.txt --model transformer --hidden 16 --heads 2 --layers 1 --seq-len 12 --batch 4 --steps 150 --lr 0.02 --out abc-transformer";
  const stdout = await program.succeed([...args.split(" "), "--sample", "18", "--temperature", "0"]);
  expect(sampleIn(stdout)).toBe("abcdefgh\nabcdefgh\n");
});

it("learns a text of the user's own", async () => {
  writeFileSync(join(folder, "abc.txt"), "abcdefgh\r\n".repeat(300));
  const args = "--text abc.txt --hidden 16 --embed 8 --seq-len 10 --batch 4 --steps 150 --lr 0.03 --out abc";
  const stdout = await program.succeed([...args.split(" "), "--sample", "18", "--temperature", "0"]);
  expect(sampleIn(stdout)).toBe("abcdefgh\nabcdefgh\n");
});
