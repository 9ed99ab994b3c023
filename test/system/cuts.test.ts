// Long programs are cut into several submits, so that a page stays alive.

import { expect, test } from "vitest";
import { InputValue } from "../../src/graph/leaves.ts";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { float32 } from "../../src/graph/shape.ts";
import type { Value } from "../../src/graph/value.ts";
import { loadAllKernels } from "../../src/kernels/later.ts";
import { compile, matmul, openDevice } from "../../src/node.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { programStats } from "../../src/plan/describe.ts";
import { Replay } from "../../src/run/replay.ts";
import { charTrainer, tokensFor } from "./support.ts";

await loadAllKernels();

/** No adapter at all, only what one would say of itself. */
const profileOf = (kind: AdapterProfile["kind"]): AdapterProfile => ({
  kind,
  features: new Set(),
  limits: {
    maxStorageBufferBindingSize: 2 ** 30,
    maxBufferSize: 2 ** 30,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxStorageBuffersPerShaderStage: 8,
    minUniformBufferOffsetAlignment: 256,
  },
});

/** `count` matmuls of n × n × n after each other. */
function chain(kind: AdapterProfile["kind"], n: number, count: number) {
  const a = new InputValue("a", float32([n, n]));
  let y: Value = a;
  for (let i = 0; i < count; i++) y = matmul(y, a);
  return buildProgram({
    adapter: profileOf(kind),
    hyper: { label: "hyper", elements: 64 },
    inputs: [a],
    outputs: { y },
    locate: () => undefined,
  });
}

test("a short program is one submit", () => {
  expect(chain("software", 64, 20).cuts).toEqual([]);
  expect(chain("hardware", 2048, 5).cuts).toEqual([]);
});

test("a program past the budget is cut between dispatches, none of its parts empty", () => {
  for (const [kind, n, count] of [
    ["software", 1024, 6],
    ["hardware", 4096, 8],
  ] as const) {
    const { cuts, dispatches } = chain(kind, n, count);
    expect(cuts.length).toBeGreaterThan(0);
    expect(cuts.length).toBeLessThan(dispatches.length);
    const ends = [0, ...cuts, dispatches.length];
    for (let i = 1; i < ends.length; i++) expect(ends[i]).toBeGreaterThan(ends[i - 1] as number);
  }
  // the same work on a faster adapter needs fewer parts
  expect(chain("hardware", 1024, 6).cuts).toEqual([]);
});

test("cuts change submits and nothing else", async () => {
  using device = await openDevice();
  const train = async (cuts: readonly number[] | null) => {
    const { model, trainer } = await charTrainer(device);
    const program = trainer.replay.program as { cuts: readonly number[] };
    if (cuts) program.cuts = cuts;
    const { submits, dispatches } = device.counters;
    const results = [await trainer.step(tokensFor(8)), await trainer.step(tokensFor(8, 1))];
    expect(device.counters.submits - submits).toBe(2 * programStats(trainer.replay.program).submits);
    expect(device.counters.dispatches - dispatches).toBe(2 * trainer.stats.dispatches);
    const dict = await model.stateDict(device);
    trainer.dispose();
    model.dispose(device);
    return { results, dict };
  };
  const whole = await train(null);
  expect(await train([3, 4, 17])).toEqual(whole);
});

test("cuts hold for a program made by hand too", async () => {
  using device = await openDevice();
  using squares = await compile(device, null, {
    inputs: { a: float32([5, 5]) },
    fn: ({ a }) => ({ y: matmul(matmul(matmul(a, a), a), a) }),
  });
  const a = Float32Array.from({ length: 25 }, (_, i) => Math.sin(i));
  const whole = await (await squares.run({ a })).y.read();
  const { program } = squares.replay;
  const all = program.dispatches.map((_, i) => i).slice(1);
  const cut = await Replay.create(device, { ...program, cuts: all });
  const submits = device.counters.submits;
  const write = cut.prepare("a", a);
  cut.run(write);
  expect(device.counters.submits - submits).toBe(program.dispatches.length);
  expect(await cut.tensor("y").read()).toEqual(whole);
  cut.dispose();
});
