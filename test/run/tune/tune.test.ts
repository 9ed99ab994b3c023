// The tuner on a real device; a made-up clock where the times matter.
import { describe, expect, test, vi } from "vitest";
import { compile, float32, KernelError, memoryTuning, openDevice } from "../../../src/node.ts";
import { buildProgram } from "../../../src/plan/build.ts";
import { sliceProgram } from "../../../src/plan/slice.ts";
import { Replay } from "../../../src/run/replay.ts";
import { hostClock, type Sample, type TuningClock, tuningClock } from "../../../src/run/tune/clock.ts";
import type { Build } from "../../../src/run/tune/contests.ts";
import { tuneChoices } from "../../../src/run/tune/measure.ts";
import { hyper, input } from "../../plan/support.ts";
import { nested, rowSoftmax, rowSoftmaxKey } from "./support.ts";

/** A program with a row softmax of each of these lengths. */
function rowsOf(lengths: readonly number[]): Build {
  const inputs = lengths.map((n) => input([4, n]));
  const outputs = Object.fromEntries(inputs.map((x, i) => [`y${i}`, rowSoftmax(x)]));
  return (adapter) => buildProgram({ adapter, hyper, inputs, outputs, locate: () => undefined });
}

interface Timed {
  readonly kernels: readonly string[];
  readonly repeats: number;
}

/** Time that passes as it is told to: seconds of one run of a sample. It runs nothing on the GPU. */
function fakeClock(secondsOf: (kernels: readonly string[]) => number): TuningClock & { readonly timed: Timed[] } {
  let milliseconds = 1000;
  const timed: Timed[] = [];
  const kernelsOf = ({ replay: { program } }: Sample) =>
    program.dispatches.map(({ pipeline }) => program.pipelines[pipeline]?.kernel as string);
  return {
    timed,
    shortest: 5e-3,
    now: () => milliseconds,
    async time(samples) {
      return samples.map((sample) => {
        const kernels = kernelsOf(sample);
        timed.push({ kernels, repeats: sample.repeats });
        const seconds = secondsOf(kernels) * sample.repeats;
        milliseconds += 1e3 * seconds;
        return seconds;
      });
    },
  };
}

const serial = (kernels: readonly string[]) => kernels.includes("softmax_serial_forward");
const fresh = () => openDevice({ tuning: memoryTuning() });

describe("the tuner", () => {
  test.for([
    { thread: 0.5, way: "thread" },
    { thread: 0.8, way: "thread" },
    { thread: 0.95, way: "group" },
    { thread: 1.5, way: "group" },
    { thread: 9, way: "group" },
  ])("takes $way where the rule's way takes 1 and the other $thread", async ({ thread, way }) => {
    using device = await fresh();
    const clock = fakeClock((kernels) => (serial(kernels) ? thread * 1e-4 : 1e-4));
    await tuneChoices(device, rowsOf([32]), 2000, clock);
    expect([...device.tuning.choices]).toEqual([[rowSoftmaxKey(4, 32), way]]);
    // the samples that count are as long as the clock wants
    const winners = clock.timed.filter(({ kernels }) => serial(kernels) === (way === "thread"));
    const seconds = way === "thread" ? thread * 1e-4 : 1e-4;
    for (const { repeats } of winners.slice(thread === 9 ? -1 : -5)) {
      expect(repeats * seconds).toBeGreaterThanOrEqual(clock.shortest);
    }
    // a hopeless way is not measured on and on
    if (thread === 9) expect(clock.timed.filter(({ kernels }) => serial(kernels)).length).toBeLessThanOrEqual(5);
  });

  test("lasts through a clock of coarse ticks", async () => {
    using device = await fresh();
    const clock = fakeClock((kernels) => (serial(kernels) ? 2e-6 : 1e-6));
    const exact = clock.time;
    clock.time = async (samples) => (await exact(samples)).map((seconds) => Math.floor(seconds * 1e4) / 1e4);
    await tuneChoices(device, rowsOf([32]), 2000, clock);
    expect([...device.tuning.choices]).toEqual([[rowSoftmaxKey(4, 32), "group"]]);
  });

  test("measures what the budget allows, heaviest first, and the rest the next time", async () => {
    using device = await fresh();
    const lengths = [64, 20_000, 10_000, 40_000];
    const build = rowsOf(lengths);
    const clock = fakeClock((kernels) => (serial(kernels) ? 1e-3 : 2e-3));
    const counts: number[] = [];
    while (device.tuning.choices.size < 4) {
      const before = clock.now();
      await tuneChoices(device, build, 150, clock);
      // no sample of these is longer than 10 ms, and a choice that was begun is given up when time is over
      expect(clock.now() - before).toBeLessThan(200);
      counts.push(device.tuning.choices.size);
      if (counts.length > 9) break;
    }
    expect(counts[0]).toBeGreaterThanOrEqual(1);
    expect(counts.length).toBeGreaterThan(1);
    expect([...device.tuning.choices]).toEqual(
      [40_000, 20_000, 10_000, 64].map((n) => [rowSoftmaxKey(4, n), "thread"]),
    );
    const { length } = clock.timed;
    await tuneChoices(device, build, 1e6, clock);
    expect(clock.timed).toHaveLength(length);
  });

  test("has one budget for all sizes of a function", async () => {
    const clock = fakeClock((kernels) => (serial(kernels) ? 1e-3 : 2e-3));
    const timing = "../../../src/run/timing.ts";
    vi.doMock(timing, () => ({ tuneChoices, tuningClock: async () => clock }));
    try {
      const prepared = async (budgetMs: number) => {
        using device = await fresh();
        const [inputs, start] = [{ x: float32([4, "n"]) }, clock.now()];
        using program = await compile(device, null, { inputs, fn: ({ x }) => rowSoftmax(x), tune: { budgetMs } });
        for (const n of [50, 60]) await program.prepare({ n });
        return { measured: [...device.tuning.choices.keys()], took: clock.now() - start };
      };
      const { measured, took } = await prepared(1e6);
      expect(measured).toEqual([50, 60].map((n) => rowSoftmaxKey(4, n)));
      // enough for either, not for both
      expect((await prepared(0.75 * took)).measured).toEqual([rowSoftmaxKey(4, 50)]);
    } finally {
      vi.doUnmock(timing);
    }
  });

  test("measures nothing without a budget, and nothing that takes longer than it", async () => {
    using device = await fresh();
    const clock = fakeClock(() => 1);
    await tuneChoices(device, rowsOf([32]), 0, clock);
    expect(clock.timed).toHaveLength(0);
    await tuneChoices(device, rowsOf([32]), 1500, clock);
    expect(device.tuning.choices.size).toBe(0);
  });

  test("settles a choice inside another one's way before it", async () => {
    using device = await fresh();
    const x = input([8]);
    const outputs = { y: nested(x) };
    const build: Build = (adapter) => buildProgram({ adapter, hyper, inputs: [x], outputs, locate: () => undefined });
    // a dispatch that fills in 2 ms; three short steps take 3, three long ones 6 of them
    const clock = fakeClock((kernels) => 2e-3 * kernels.length);
    await tuneChoices(device, build, 1e5, clock);
    expect([...device.tuning.choices]).toEqual([
      ["outer step", "short"],
      ["outer", "whole"],
    ]);
  });

  test("leaves out a way that does not compile on the adapter", async () => {
    using device = await fresh();
    const own = device.pipelines.get.bind(device.pipelines);
    vi.spyOn(device.pipelines, "get").mockImplementation(async (kernel, variant) => {
      if (kernel === "softmax_parallel_forward")
        throw new KernelError("kernels/softmax_parallel_forward.wgsl:1: does not compile");
      return own(kernel, variant);
    });
    await tuneChoices(
      device,
      rowsOf([32]),
      2000,
      fakeClock(() => 1e-3),
    );
    expect([...device.tuning.choices.values()]).toEqual(["thread"]);
  });

  test("counts what JavaScript takes to encode, where that is more than the GPU takes", async () => {
    using device = await fresh();
    const program = rowsOf([8])(device.profile);
    const replay = await Replay.create(device, sliceProgram(program, { start: 0, end: 1, assume: [] }));
    const clock = await tuningClock(device);
    const encode = replay.encode.bind(replay);
    const slow = Object.create(replay, {
      encode: {
        value: (...given: Parameters<typeof encode>) => {
          const end = performance.now() + 50;
          while (performance.now() < end);
          encode(...given);
        },
      },
    });
    const [seconds] = (await clock.time([{ replay: slow, repeats: 2 }])) as [number];
    replay.dispose();
    expect(seconds).toBeGreaterThanOrEqual(0.1);
  });

  test.for(["gpu", "host"] as const)("measures by the %s's clock and frees its memory", async (kind) => {
    using device = await fresh();
    const clock = await (kind === "gpu" ? tuningClock(device) : hostClock(device));
    // the first time leaves the buffer through which times are read back
    await tuneChoices(device, rowsOf([8]), 1e4, clock);
    const { bytes } = device.counters;
    await tuneChoices(device, rowsOf([16, 4000]), 1e4, clock);
    expect(device.tuning.choices.size).toBe(3);
    expect(device.counters.bytes).toBe(bytes);

    const program = rowsOf([4000])(device.profile);
    const replay = await Replay.create(device, sliceProgram(program, { start: 0, end: 1, assume: [] }));
    const shares: number[] = [];
    for (let i = 0; i < 5; i++) {
      const [one, many] = (await clock.time([
        { replay, repeats: 20 },
        { replay, repeats: 400 },
      ])) as [number, number];
      shares.push(many / one);
    }
    replay.dispose();
    // 20, were there nothing to wait for
    expect(shares.sort((a, b) => a - b)[2]).toBeGreaterThan(3);
  });
});
