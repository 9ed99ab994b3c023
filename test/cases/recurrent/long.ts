// A sequence that is too long for the memory of a device, and is not with checkpoints.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, concat, float32, gradients, mean, mul, nn, reshape, type Value } from "../../../src/index.ts";
import { adapterOf } from "../../plan/support.ts";
import { uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertRejects } from "../support/assert.ts";
import { parametersFor } from "../support/recurrent-layers.ts";

/** On a device whose bindings are that small, the checkpointed program runs; elsewhere it gives the plain one's gradient. */
async function longRun({ device }: CaseContext): Promise<unknown> {
  const [time, batch, hidden] = [4096, 1, 8];
  const layerWith = (options: nn.LSTMOptions) => {
    const layer = new nn.LSTM(1, hidden, options);
    const data = [...parametersFor(layer)].map(
      ([name, x]) => [name, { shape: x.shape, data: Float32Array.from(x.data) }] as const,
    );
    layer.loadStateDict(device, new Map(data));
    return layer;
  };
  const x = Float32Array.from(uniform([batch, time, 1], 1).data);
  const gradientOf = async (layer: nn.LSTM) => {
    using compiled = await compile(device, layer, {
      inputs: { x: float32([batch, time, 1]) },
      // every output counts, so that the gradient is of all steps; each is multiplied by the input that it has seen
      fn: ({ x }) => {
        const [outputs] = layer.forward(x);
        const found = gradients(mean(mul(outputs, x)), layer.parameters());
        return concat(found.map((value) => reshape(value as Value, [-1])));
      },
    });
    const found = (await (await compiled.run({ x })).read()) as Float32Array;
    return { found, bytes: compiled.stats.bytes };
  };
  const holder = device as { profile: typeof device.profile };
  const own = holder.profile;
  const [plain, checkpointed] = [layerWith({}), layerWith({ checkpointEvery: 64 })];
  try {
    holder.profile = { ...own, limits: { ...adapterOf().limits, maxStorageBufferBindingSize: 2 ** 18 } };
    await assertRejects("OutOfMemoryError", ["checkpointEvery"], () => gradientOf(plain));
    const some = await gradientOf(checkpointed);
    holder.profile = own;
    const all = await gradientOf(plain);
    assertClose("gradient", some.found, all.found, tolerance.recurrent(32, hidden));
    assert(
      all.found.some((value) => Math.abs(value) > 1e-3),
      "the gradient is nothing but zeros",
    );
    return { plain: all.bytes, checkpointed: some.bytes };
  } finally {
    holder.profile = own;
    for (const layer of [plain, checkpointed]) layer.dispose(device);
  }
}

export const recurrentLongCases: readonly Case[] = [
  { name: "recurrent layers: T 4096 with checkpoints", run: longRun },
];
