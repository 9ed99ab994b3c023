// profile(): what it says, and that it changes nothing.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, type Device, dropout, float32, matmul, openDevice, type Profile } from "../../src/node.ts";
import { measurePeaks } from "../../src/run/limits.ts";
import { requireTimestamps, Timestamps } from "../../src/run/timestamps.ts";
import { checkRow } from "../hostile/check-device.ts";
import { type DeviceRow, profileRows } from "../hostile/rows-device.ts";
import { charTrainer, tokensFor } from "../system/support.ts";

let device: Device;
let hasClock: boolean;
beforeAll(async () => {
  device = await openDevice();
  hasClock = device.profile.features.has("timestamp-query");
});
afterAll(() => device.dispose());

function expectWellFormed({ rows, total, peaks, table }: Profile, dispatches: number): void {
  const sum = (pick: (row: Profile["rows"][number]) => number) => rows.reduce((all, row) => all + pick(row), 0);
  expect(sum(({ calls }) => calls)).toBe(dispatches);
  expect(total.calls).toBe(dispatches);
  expect(new Set(rows.map(({ kernel }) => kernel)).size).toBe(rows.length);
  for (const { kernel, ...figures } of rows) {
    for (const [name, value] of Object.entries(figures)) {
      expect(Number.isFinite(value) && value >= 0, `${kernel}: ${name} is ${value}`).toBe(true);
    }
    const share = Math.max(figures.gflops / peaks.gflops, figures.gbps / peaks.gbps);
    expect(figures.share).toBeCloseTo(share, 10);
  }
  expect(total.milliseconds).toBeGreaterThan(0);
  const times = rows.map(({ milliseconds }) => milliseconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));

  const [headline, ...lines] = table().split("\n");
  expect(headline).toMatch(/measured peaks \d+\.\d GFLOP\/s, \d+\.\d GB\/s, \d+\.\d µs a dispatch$/);
  expect(lines[0]?.trim().split(/ {2,}/)).toEqual(["kernel", "calls", "ms", "GFLOP/s", "GB/s", "of peak"]);
  expect(lines).toHaveLength(rows.length + 2);
  expect(new Set(lines.map((line) => line.length)).size, "all lines of one length").toBe(1);
  for (const line of lines.slice(1))
    expect(line).toMatch(/^ {2}\w+( \(\w+\))? +\d+ +\d+\.\d{3} +\d+\.\d\d +\d+\.\d\d +\d+\.\d%$/);
  expect(lines.at(-1)).toMatch(new RegExp(`^ {2}total +${dispatches} `));
}

test("the adapter's peaks are measured once per device, and leave no memory behind", async ({ skip }) => {
  if (!hasClock) skip("the adapter has no timestamp-query");
  const { dispatchMicroseconds, gflops, gbps } = await measurePeaks(device);
  expect(measurePeaks(device)).toBe(measurePeaks(device));
  expect(gflops).toBeGreaterThan(0.01);
  expect(gbps).toBeGreaterThan(0.01);
  expect(dispatchMicroseconds).toBeGreaterThan(0);
  expect(dispatchMicroseconds).toBeLessThan(10_000);
  // what stays are the buffers through which results are read
  expect(device.counters.bytes).toBeLessThan(2 ** 18);
});

describe("of a trainer", () => {
  test("counts every dispatch and changes neither the model nor what follows", async ({ skip }) => {
    if (!hasClock) skip("the adapter has no timestamp-query");
    const train = async (between: (trainer: Awaited<ReturnType<typeof charTrainer>>["trainer"]) => Promise<void>) => {
      const { model, trainer } = await charTrainer(device, { seed: 3 });
      const losses = [(await trainer.step(tokensFor(8))).loss];
      await between(trainer);
      for (let step = 1; step < 4; step++) losses.push((await trainer.step(tokensFor(8, step))).loss);
      const dict = await model.stateDict(device);
      trainer.dispose();
      model.dispose(device);
      return { losses, dict };
    };
    const plain = await train(async () => {});
    const profiled = await train(async (trainer) => {
      const before = await trainer.stateDict();
      const { bytes } = device.counters;
      const pending = trainer.profile({ repetitions: 3 });
      expectWellFormed(await pending, trainer.stats.dispatches);
      expect(await trainer.stateDict()).toEqual(before);
      expect(trainer.steps).toBe(1);
      // but for the buffer through which the times are read
      expect(device.counters.bytes - bytes).toBeLessThanOrEqual(2 ** 14);
    });
    // the optimizer's state and the carried state decide what the later steps give
    expect(profiled).toEqual(plain);

    // a step that is asked for meanwhile comes before or after, not between
    const meanwhile = await train(async (trainer) => {
      const profile = trainer.profile({ repetitions: 1 });
      const { loss } = await trainer.step(tokensFor(8, 1));
      await profile;
      expect(loss).toBe(plain.losses[1]);
    });
    expect(meanwhile.losses[1]).not.toBe(plain.losses[1]);
  });

  test("works before the first step, with two layers and cuts", async ({ skip }) => {
    if (!hasClock) skip("the adapter has no timestamp-query");
    const { model, trainer } = await charTrainer(device, { layers: 2, seqLen: 3 });
    (trainer.replay.program as { cuts: readonly number[] }).cuts = [5, 6];
    expectWellFormed(await trainer.profile({ repetitions: 1 }), trainer.stats.dispatches);
    trainer.dispose();
    model.dispose(device);
  });
});

test("of a compiled function leaves its outputs as they are", async ({ skip }) => {
  if (!hasClock) skip("the adapter has no timestamp-query");
  using program = await compile(device, null, {
    inputs: { a: float32([64, 64]) },
    fn: ({ a }) => ({ y: dropout(matmul(a, a), 0.5) }),
    training: true,
  });
  const a = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i));
  await program.run({ a });
  const { y } = await program.run({ a });
  const before = await y.read();
  const profile = await program.profile();
  expectWellFormed(profile, program.stats.dispatches);
  expect(await y.read()).toEqual(before);
  expect(profile.total.gflops).toBeGreaterThan(0);
});

test("more dispatches than one query set holds are timed", async ({ skip }) => {
  if (!hasClock) skip("the adapter has no timestamp-query");
  const spans = 2048 + 3;
  const timestamps = new Timestamps(device, spans, "test");
  expect(timestamps.writes(2047).querySet).toBe(timestamps.writes(0).querySet);
  expect(timestamps.writes(2048).querySet).not.toBe(timestamps.writes(0).querySet);
  expect(timestamps.writes(2048)).toMatchObject({ beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 });
  const encoder = device.gpu.createCommandEncoder();
  for (let i = 0; i < spans; i++) encoder.beginComputePass({ timestampWrites: timestamps.writes(i) }).end();
  timestamps.resolve(encoder);
  device.gpu.queue.submit([encoder.finish()]);
  const seconds = await timestamps.read();
  expect(seconds).toHaveLength(spans);
  expect(seconds.every((value) => value >= 0 && value < 1)).toBe(true);
  timestamps.dispose();
});

test("without timestamp-query says which feature is missing", async () => {
  const { model, trainer } = await charTrainer(device);
  const holder = device as { profile: Device["profile"] };
  const own = holder.profile;
  holder.profile = { ...own, features: new Set() };
  try {
    const missing = {
      name: "UnsupportedError",
      message: expect.stringMatching(/profile: .*timestamp-query.*performance\.now/),
    };
    expect(() => requireTimestamps(device, "profile")).toThrow(expect.objectContaining(missing));
    await expect(trainer.profile()).rejects.toMatchObject(missing);
  } finally {
    holder.profile = own;
  }
  trainer.dispose();
  model.dispose(device);
});

test.for(Object.keys(profileRows))("%s refuses what it cannot do", async (name, { skip }) => {
  skip(!hasClock);
  expect(await checkRow(device, name, profileRows[name] as DeviceRow, {})).toEqual([]);
});
