// The plan for another kind of adapter: that of a program that was made for it, and nothing of this one changes.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, losses, nn, optim, Trainer } from "../../../src/index.ts";
import { assert, assertEqual, assertRejects } from "../support/assert.ts";
import { withProfile } from "../support/profile.ts";

/** More than 64 units: on GPUs both directions are traced into one loop. */
async function describes({ device }: CaseContext): Promise<void> {
  const other = device.profile.kind === "software" ? "hardware" : "software";
  const model = new nn.GRU(4, 66, { bidirectional: true });
  using program = await compile(device, model, {
    inputs: { x: float32([2, "time", 4]) },
    fn: ({ x }) => model.forward(x)[0],
  });
  await assertRejects("DataError", ["prepare"], () => program.describe({ adapter: other }));
  await program.prepare({ time: 3 });
  const own = program.describe();
  const foreign = await program.describe({ adapter: other });
  assert(own !== foreign, `a ${other} adapter has the same plan: ${own}`);
  assertEqual("of this kind", await program.describe({ adapter: device.profile.kind }), own);
  assertEqual("without a kind", await program.describe({}), own);
  assertEqual("again", program.describe(), own);
  const made = await withProfile(device, other, async () => {
    using there = await compile(device, model, {
      inputs: { x: float32([2, 3, 4]) },
      fn: ({ x }) => model.forward(x)[0],
    });
    return there.describe();
  });
  assertEqual(`what a program for ${other} says`, foreign, made);
  const unknown = { adapter: "gpu" } as unknown as { adapter: "hardware" };
  await assertRejects("ArgumentError", ["adapter"], () => program.describe(unknown));
}

async function trainers({ device }: CaseContext): Promise<void> {
  const other = device.profile.kind === "software" ? "hardware" : "software";
  const model = new nn.Linear(2, 1);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([4, 2]), y: float32([4, 1]) },
    loss: ({ x, y }) => losses.meanSquaredError(model.forward(x), y),
    optimizer: optim.adam(),
    clipNorm: 1,
  });
  const data = { x: new Float32Array(8).fill(0.5), y: new Float32Array(4).fill(1) };
  const { loss: first } = await trainer.step(data);
  const plan = await trainer.describe({ adapter: other });
  assertEqual("GPUs have tiles", /matmul_tiled/.test(plan), other === "hardware");
  const { loss } = await trainer.step(data);
  assert(loss < first, `the loss went from ${first} to ${loss} after its plan for ${other} was asked for`);
  trainer.dispose();
  await assertRejects("DataError", ["disposed"], () => trainer.describe({ adapter: other }));
}

export const describeForCases: readonly Case[] = [
  { name: "a program says what it would be on another kind of adapter", run: describes },
  { name: "a trainer says what a step would be on another kind of adapter", run: trainers },
];
