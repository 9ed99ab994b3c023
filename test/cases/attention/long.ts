import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, gradients, mul, scaledDotProductAttention, sum, type Value } from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { causalGradients } from "../../reference/attention-gradients.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose } from "../support/assert.ts";
import { withProfile } from "../support/profile.ts";

const [LENGTH, DIM] = [4096, 24];

/**
 * So long that all scores would fill half of the largest binding, and a pass is cut into dispatches: each must go on where
 * the one before it ended.
 */
async function long({ device }: CaseContext): Promise<void> {
  const shape = [1, 1, LENGTH, DIM];
  const [q, k, v, g] = [1, 2, 3, 4].map((seed) => uniform(shape, seed, -1, 1)) as [NdArray, NdArray, NdArray, NdArray];
  const spec = float32(shape);
  const floats = (x: NdArray) => Float32Array.from(x.data);
  const want = causalGradients(q, k, v, g);
  const once = plus(tolerance.softmax(LENGTH), tolerance.matmul(DIM));

  const runBy = async (kernel: string): Promise<void> => {
    using compiled = await compile(device, null, {
      inputs: { q: spec, k: spec, v: spec, g: spec },
      fn: ({ q, k, v, g }) => {
        const y = scaledDotProductAttention(q, k, v, { causal: true });
        const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]) as [Value, Value, Value];
        return { y, dQ, dK, dV };
      },
    });
    if (device.profile.kind === "software") {
      const { pipelines, dispatches } = compiled.replay.program;
      const backward = dispatches.filter(({ pipeline }) => pipelines[pipeline]?.kernel === kernel);
      assert(backward.length > 1, `${backward.length} dispatches of ${kernel}, expected several`);
    }
    compiled.replay.poison();
    const found = await compiled.run({ q: floats(q), k: floats(k), v: floats(v), g: floats(g) });
    assertClose("y", await found.y.read(), want.y.data, once);
    for (const name of ["dQ", "dK", "dV"] as const) {
      assertClose(name, await found[name].read(), want[name].data, plus(once, once));
    }
  };

  await withProfile(device, device.profile.kind, () => runBy("attention_score_gradients"), "products");
  await withProfile(device, device.profile.kind, () => runBy("attention_combined_backward"), "combined");
}

export const longAttentionCases: readonly Case[] = [{ name: "attention of 4096", run: long }];
