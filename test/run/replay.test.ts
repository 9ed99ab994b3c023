// What a training step costs, and that it costs the same at every step.
import { describe, expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { device } from "../support/device.ts";
import type { SoakReport } from "../system/soak.ts";
import { charTrainer, tokensFor } from "../system/support.ts";

/** Counts calls of the GPU device itself, whoever makes them. */
function countCalls(names: readonly ("createBuffer" | "createBindGroup")[]): {
  counts: Record<string, number>;
  stop(): void;
} {
  const counts: Record<string, number> = {};
  const gpu = device.gpu as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    counts[name] = 0;
    const own = gpu[name] as (...args: unknown[]) => unknown;
    gpu[name] = (...args) => {
      counts[name] = (counts[name] as number) + 1;
      return own.apply(device.gpu, args);
    };
  }
  return {
    counts,
    stop: () => {
      // the methods themselves are the prototype's
      for (const name of names) delete gpu[name];
    },
  };
}

describe.for([8, 64])("sequence length %i", (seqLen) => {
  test("a step takes at most 2T + 40 dispatches and one submit, and makes no GPU object", async () => {
    const { model, trainer } = await charTrainer(device, { seqLen });
    const { counters } = device;
    const { counts, stop } = countCalls(["createBuffer", "createBindGroup"]);
    const before = { ...counters };
    await trainer.step(tokensFor(seqLen));
    expect(counters.submits - before.submits).toBe(1);
    expect(counters.dispatches - before.dispatches).toBeLessThanOrEqual(2 * seqLen + 40);
    expect(trainer.stats).toMatchObject({ dispatches: counters.dispatches - before.dispatches, submits: 1 });
    // the first step makes the buffer through which the loss is read
    expect(counts).toEqual({ createBuffer: counters.buffers - before.buffers, createBindGroup: 0 });

    const after = { ...counters };
    const made = { ...counts };
    for (let step = 1; step < 6; step++) {
      if (step === 3) trainer.resetCarry();
      await trainer.step(tokensFor(seqLen, step));
      trainer.stepWithoutLoss(tokensFor(seqLen, step));
    }
    await device.idle();
    expect(counts).toEqual(made);
    expect(counters).toMatchObject({ buffers: after.buffers, bindGroups: after.bindGroups, bytes: after.bytes });
    expect(counters.submits - after.submits).toBe(10);
    stop();
    trainer.dispose();
    model.dispose(device);
  });
});

test("1600 steps and reads grow neither GPU memory nor the heap", async () => {
  const args = ["--expose-gc", "harness/ts.mjs", "test/system/soak.ts", "--steps", "1600"];
  // as users run it: rests between two questions to the driver would be most of so small a step
  const environment = { NODE_OPTIONS: "" };
  const child = await runProcess(process.execPath, args, { timeoutMs: 120_000, environment });
  expect(child.code, `${child.stdout}${child.stderr}`).toBe(0);
  const report = JSON.parse(child.stdout.trim().split("\n").at(-1) as string) as SoakReport;
  expect(report).toMatchObject({ steps: 1600, reads: 1600, grows: false });
  expect(report.gpuBytes.first).toBeGreaterThan(0);
}, 120_000);
