import { afterAll, beforeAll, expect, test } from "vitest";
import { measurePeaks } from "../../src/gpu/limits.ts";
import { compile, type Device, openDevice } from "../../src/node.ts";
import { charTrainer, tokensFor } from "./support.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

test("the adapter's peaks are measured once", async () => {
  const before = device.counters.bytes;
  const peaks = await measurePeaks(device);
  expect(peaks.gflops).toBeGreaterThan(0.1);
  expect(peaks.gbps).toBeGreaterThan(0.05);
  expect(peaks.dispatchMicroseconds).toBeGreaterThan(0);
  expect(measurePeaks(device)).toBe(measurePeaks(device));
  console.log(peaks, device.counters.bytes - before);
});
test("t", async () => {
  const { trainer } = await charTrainer(device, { seqLen: 8 });
  await trainer.step(tokensFor(8));
  const profile = await trainer.profile();
  console.log(profile.table());
});
