// What callbacks of fit do with the events that they are told, and that a second run begins anew. Without a GPU.
import { expect, test } from "vitest";
import { callbacks, type EpochEvent, type FitCallback, type FitRun, type StepEvent } from "../../src/index.ts";

const epochEvent = (epoch: number, more: Partial<EpochEvent> = {}): EpochEvent => ({
  ...{ epoch, step: 2 * epoch, loss: 1 / epoch, trainingMetrics: {}, validationLoss: undefined, metrics: {} },
  ...{ learningRate: 0.5, seconds: 0.25 },
  ...more,
});
const stepEvent = (epoch: number, stepInEpoch: number): StepEvent => ({
  ...{ step: 10 * (epoch - 1) + stepInEpoch, epoch, stepInEpoch, loss: 0.5, gradNorm: 1, skipped: false },
  learningRate: 0.5,
});

/** A run of four epochs, and why it was stopped. */
function makeRun(more: Partial<FitRun> = {}) {
  const reasons: string[] = [];
  const trainer = { learningRate: 0.8 };
  const run = { trainer, epochs: 4, stepsPerEpoch: undefined, history: [], stop: (why: string) => reasons.push(why) };
  return { run: { ...run, ...more } as unknown as FitRun, reasons, trainer };
}

/** After which of the measures the run is stopped, from 1. */
async function stoppedAfter(callback: FitCallback, measures: readonly number[]): Promise<number | undefined> {
  const { run, reasons } = makeRun();
  await callback.start?.(run);
  for (const [i, loss] of measures.entries()) {
    await callback.epoch?.(epochEvent(i + 1, { loss }), run);
    if (reasons.length > 0) return i + 1;
  }
  return undefined;
}

test("early stopping: a measure is better only by more than minDelta, whichever way", async () => {
  const losses = [4, 3, 2.5, 2, 1];
  for (const [mode, sign] of [
    ["min", 1],
    ["max", -1],
  ] as const) {
    const measures = losses.map((each) => sign * each);
    const after = (minDelta: number, patience: number) =>
      stoppedAfter(callbacks.earlyStopping({ mode, minDelta, patience, restoreBest: false }), measures);
    // by 1, and not more
    expect(await after(1, 0)).toBe(2);
    expect(await after(0.75, 0)).toBe(3);
    // 2 is better than 3 by enough, though not than 2.5
    expect(await after(0.75, 1)).toBeUndefined();
    expect(await after(0, 0)).toBeUndefined();
  }
  const stopping = callbacks.earlyStopping({ patience: 1, restoreBest: false });
  expect(await stoppedAfter(stopping, [1, 1, 1])).toBe(3);
  // another run knows nothing of the best of the one before
  expect(await stoppedAfter(stopping, [9, 8, 8, 8])).toBe(4);
});

test("a rate that is reduced begins with the trainer's, in each run", async () => {
  const reducing = callbacks.reduceOnPlateau({ factor: 0.5, patience: 0 });
  for (const rate of [0.8, 0.25]) {
    const { run, trainer } = makeRun();
    trainer.learningRate = rate;
    await reducing.start?.(run);
    const rates: number[] = [];
    for (const loss of [2, 1, 1, 3]) {
      await reducing.epoch?.(epochEvent(1, { loss }), run);
      rates.push(trainer.learningRate);
    }
    expect(rates).toEqual([rate, rate, rate / 2, rate / 4]);
  }
});

test("what is monitored: the validation's, or without one that of the steps", async () => {
  const given = { trainingMetrics: { f1: 3, curve: [1] }, metrics: { f1: 4 } };
  const seen = async (monitor: string | undefined, more: Partial<EpochEvent>) => {
    const stopping = callbacks.earlyStopping({ ...(monitor && { monitor }), restoreBest: false });
    await stopping.epoch?.(epochEvent(1, { loss: 1, ...given, ...more }), makeRun().run);
    return (stopping.state?.() as unknown as { readonly best: number } | undefined)?.best;
  };
  expect(await seen(undefined, {})).toBe(1);
  expect(await seen(undefined, { validationLoss: 0 })).toBe(0);
  expect(await seen("f1", {})).toBe(3);
  expect(await seen("f1", { validationLoss: 2 })).toBe(4);
  await expect(seen("curve", {})).rejects.toThrow(
    /the metric curve is no number, expected one of f1, curve, or a func/,
  );
  await expect(seen("f2", { validationLoss: 2, metrics: {} })).rejects.toThrow("metrics, of which there are none");
});

test("logs: a table has its head once, in each run, and columns are those of the first line", async () => {
  const written: string[] = [];
  const table = callbacks.csvLog((line) => written.push(line));
  const { run } = makeRun();
  const told = async (from: number, metrics: Record<string, unknown>) => {
    await table.start?.(run);
    for (const [i, each] of [metrics, { other: 1 }].entries()) {
      await table.epoch?.(epochEvent(from + i, { metrics: each, trainingMetrics: { "a,b": 7, curve: [1] } }), run);
    }
    return written.splice(0);
  };
  const head = 'epoch,step,loss,validationLoss,learningRate,seconds,"training a,b"';
  expect(await told(1, { f1: 0.5, curve: new Float64Array(2) })).toEqual([
    `${head},f1\n1,2,1,,0.5,0.25,7,0.5\n`,
    "2,4,0.5,,0.5,0.25,7,\n",
  ]);
  expect(table.state?.()).toMatchObject({ written: 3 });
  expect((await told(4, {}))[0]).toBe(`${head}\n4,8,0.25,,0.5,0.25,7\n`);
  expect(table.state?.()).toMatchObject({ written: 3 });

  const lines: string[] = [];
  const json = callbacks.jsonLog((line) => lines.push(line), { of: "steps" });
  expect(json.epoch).toBeUndefined();
  await json.step?.({ ...stepEvent(1, 2), loss: Number.NaN, gradNorm: Number.POSITIVE_INFINITY }, run);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ step: 2, loss: "NaN", gradNorm: "Infinity", skipped: false });
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
});

test("progress: a bar where the length is known, and a longer line is written over", async () => {
  const shown = async (stepsPerEpoch: number | undefined) => {
    const written: string[] = [];
    const progress = callbacks.progress({ write: (text) => written.push(text), interval: 0 });
    const { run } = makeRun({ stepsPerEpoch });
    for (const epoch of [1, 2]) {
      for (const step of [1, 3, 4]) await progress.step?.(stepEvent(epoch, step), run);
      await progress.epoch?.(epochEvent(epoch, { validationLoss: 0.25, metrics: { f1: 0.125, curve: [1] } }), run);
    }
    return written;
  };
  const bars = (lines: readonly string[]) => lines.map((line) => /\[(=*)( *)\]/.exec(line)?.[1]?.length);
  const known = await shown(4);
  expect(bars(known)).toEqual([5, 15, 20, undefined, 5, 15, 20, undefined]);
  expect(known[0]).toBe(`\repoch 1/4 [${"=".repeat(5).padEnd(20)}] step 1, loss 0.5000`);
  expect(known[3]).toBe(`\r${"epoch 1/4: loss 1.000, validation 0.2500, f1 0.1250 (0.3 s)".padEnd(53)}\n`);
  // the first epoch shows how long they are
  expect(bars(await shown(undefined))).toEqual([undefined, undefined, undefined, undefined, 5, 15, 20, undefined]);
  // more than there were
  expect(bars(await shown(2))).toEqual([10, 20, 20, undefined, 10, 20, 20, undefined]);

  const written: string[] = [];
  const progress = callbacks.progress({ write: (text) => written.push(text), interval: 0 });
  await progress.step?.(stepEvent(1000, 4), makeRun().run);
  await progress.step?.(stepEvent(1, 4), makeRun().run);
  expect(written[1]).toHaveLength((written[0] as string).length);
  const element = { textContent: null as string | null };
  const slow = callbacks.progress({ element, interval: 1e9 });
  await slow.step?.(stepEvent(1, 1), makeRun().run);
  await slow.step?.(stepEvent(1, 2), makeRun().run);
  expect(element.textContent).toBe("epoch 1/4 step 1, loss 0.5000");
  await slow.epoch?.(epochEvent(1), makeRun().run);
  expect(element.textContent).toBe("epoch 1/4: loss 1.000 (0.3 s)");
});
