// Real files, where there are any: SEQGRAD_DATA, by default ../shared/data.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import {
  Batches,
  calendarFeatures,
  decodeWav,
  fillMissing,
  logMel,
  readCsv,
  Scaler,
  WordTokenizer,
  windows,
} from "../../src/data/index.ts";

const folder = process.env.SEQGRAD_DATA ?? join(root, "..", "shared", "data");
const isThere = existsSync(folder);
if (!isThere) console.log(`real data: ${folder} is absent, these tests are skipped`);

test.skipIf(!isThere)("a day's weather and what follows, from a file with gaps", async () => {
  const text = readFileSync(join(folder, "series", "beijing-pm25.csv"), "utf8")
    .split("\n")
    .slice(0, 2001)
    .join("\n");
  const table = await readCsv(text);
  expect(table.rows).toBe(2000);
  expect(table.types).toMatchObject({ cbwd: "text", "pm2.5": "number", TEMP: "number" });
  expect(table.missing["pm2.5"]).toBeGreaterThan(24);
  const [year, month, day, hour] = ["year", "month", "day", "hour"].map((name) => table.column(name));
  const times = Array.from({ length: table.rows }, (_, i) =>
    Date.UTC(Number(year?.[i]), Number(month?.[i]) - 1, day?.[i], hour?.[i]),
  );
  expect(calendarFeatures(times, { parts: ["hour"], encoding: "number" }).data).toEqual(Float32Array.from(hour ?? []));
  const { data, missing } = fillMissing(table.numbers("pm2.5", "TEMP"), { times, rest: "nearest" });
  expect(missing).toEqual([table.missing["pm2.5"], 0]);
  const { x, y } = windows(Scaler.fit(data).transform(data), { window: 24, outputs: [0] });
  expect([x.shape, y.shape]).toEqual([
    [1976, 24, 2],
    [1976, 1, 1],
  ]);
  expect([...x].every(Number.isFinite)).toBe(true);
});

test.skipIf(!isThere)("spoken digits in batches of like lengths", () => {
  const names = ["0_jackson_0", "1_nicolas_10", "3_george_6", "7_yweweler_0"]
    .map((name) => join(folder, "speech", `${name}.wav`))
    .filter(existsSync);
  const sounds = names.map((name) => decodeWav(readFileSync(name), name));
  const features = sounds.map(({ channels, sampleRate }) =>
    logMel(channels[0] as Float32Array, { sampleRate, mels: 24 }),
  );
  const [batch] = new Batches({ features }, { batchSize: 4, lengths: { features: "lengths" } });
  expect(names.length).toBeGreaterThan(1);
  expect(batch?.features.shape).toEqual([
    names.length,
    Math.max(...features.map(({ shape }) => shape[0] as number)),
    24,
  ]);
  expect([...(batch?.features ?? [])].every((value) => Number.isFinite(Number(value)))).toBe(true);
});

test.skipIf(!isThere)("the Penn Treebank's validation text, whose rare words are marked already", () => {
  const lines = readFileSync(join(folder, "text", "ptb.valid.txt"), "utf8")
    .split("\n")
    .slice(0, 300);
  const tokenizer = WordTokenizer.fit(lines, { split: "whitespace" });
  expect(tokenizer.words[0]).toBe("<unk>");
  for (const line of lines.slice(0, 20))
    expect(tokenizer.decode(tokenizer.encode(line))).toBe(line.trim().replace(/\s+/g, " "));
});
