// Programs whose choices were measured: the same results, the same bits on every device with the same store.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  compile,
  DataError,
  type Device,
  fileTuning,
  float32,
  memoryTuning,
  mul,
  nn,
  openDevice,
  optim,
  Parameter,
  square,
  sub,
  sum,
  Trainer,
  type Value,
} from "../../../src/node.ts";
import { assertClose } from "../../cases/support/assert.ts";
import { tolerance } from "../../support/tolerance.ts";
import { rowSoftmax, rowSoftmaxKey } from "./support.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seqgrad-tuning-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Scaled extends nn.Module {
  readonly weight = new Parameter([4, 100], { kind: "uniform", low: -1, high: 1 });
  forward(x: Value): Value {
    return rowSoftmax(mul(this.weight, x));
  }
}

const key = rowSoftmaxKey(4, 100);
const data = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i));
const target = Float32Array.from({ length: 400 }, (_, i) => (i % 7) / 300);

async function train(device: Device, tune: boolean, steps = 4) {
  const model = new Scaled();
  using trainer = await Trainer.create(device, model, {
    inputs: { x: float32([4, 100]), target: float32([4, 100]) },
    loss: ({ x, target }) => sum(square(sub(model.forward(x), target))),
    optimizer: optim.adam({ learningRate: 0.1 }),
    seed: 3,
    tune: tune && { budgetMs: 60_000 },
  });
  const [, way, by] = new RegExp(`${key} +(\\w+) +(\\w+)`).exec(trainer.describe()) ?? [];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await trainer.step({ x: data, target })).loss);
  const [weight] = [...(await trainer.stateDict()).values()].map((entry) => entry.data);
  return { way, by, losses, weight: weight as Float32Array };
}

describe("a tuned program", () => {
  test("chooses alike on every device with the same file, to the same bits", async () => {
    const path = join(folder, "bits.json");
    using first = await openDevice({ tuning: fileTuning(path) });
    const tuned = await train(first, true);
    expect(tuned.by).toBe("measured");
    expect(first.tuning.choices.get(key)).toBe(tuned.way);
    for (const tune of [false, true]) {
      using next = await openDevice({ tuning: fileTuning(path) });
      expect(await train(next, tune)).toEqual(tuned);
    }
  });

  test.for(["group", "thread"])(
    "with the way %s remembered gives what the rule's gives, within rounding",
    async (way) => {
      const tuning = memoryTuning();
      using plain = await openDevice({ tuning });
      const ruled = await train(plain, false);
      expect(ruled).toMatchObject({ way: "group", by: "rule" });
      await plain.tuning.remember(new Map([[key, way]]));
      using device = await openDevice({ tuning });
      const found = await train(device, false);
      expect(found).toMatchObject({ way, by: "measured" });
      assertClose("losses", found.losses, ruled.losses, tolerance.reduction(400));
      assertClose("weight", found.weight, ruled.weight, tolerance.reduction(400));
    },
  );

  test("trains as if nothing had been measured where the way stays the same", async () => {
    using plain = await openDevice();
    using device = await openDevice();
    const ruled = await train(plain, false);
    await device.tuning.remember(new Map([["something else", "thread"]]));
    vi.spyOn(device.tuning, "remember").mockImplementation(async () => {});
    const found = await train(device, true);
    // measured, and forgotten: parameters, optimizer and random numbers are as before
    expect(found).toEqual(ruled);
  });

  test("falls back to the rule, and is measured again, where an unknown way is remembered", async () => {
    const tuning = memoryTuning();
    using device = await openDevice({ tuning });
    await device.tuning.remember(new Map([[key, "gone"]]));
    expect(await train(device, false, 1)).toMatchObject({ way: "group", by: "rule" });
    expect(await train(device, true, 1)).toMatchObject({ by: "measured" });
    expect(["group", "thread"]).toContain(device.tuning.choices.get(key));
  });

  test("holds for all that is compiled on the device from then on", async () => {
    using device = await openDevice();
    const options = { inputs: { x: float32([4, 32]) }, fn: ({ x }: { x: Value }) => rowSoftmax(x) };
    using before = await compile(device, null, options);
    expect(before.describe()).toMatch(/row softmax 4 32 +group +rule/);
    using tuned = await compile(device, null, { ...options, tune: { budgetMs: 1e4 } });
    using after = await compile(device, null, options);
    expect(after.describe()).toMatch(/row softmax 4 32 +\w+ +measured/);
    const x = data.subarray(0, 128);
    const results = await Promise.all([before, tuned, after].map(async (program) => (await program.run({ x })).read()));
    expect(results[1]).toEqual(results[2]);
    assertClose("tuned", results[1] as Float32Array, results[0] as Float32Array, tolerance.reduction(32));
  });

  test("is not opened with a broken file", async () => {
    const path = join(folder, "broken.json");
    writeFileSync(path, "{");
    await expect(openDevice({ tuning: fileTuning(path) })).rejects.toThrow(DataError);
  });
});
