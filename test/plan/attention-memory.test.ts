// Memory of attention against the length of the sequence, from plans alone: 4 heads of 64, batch 1, forward and backward.
import { describe, expect, test } from "vitest";
import { gradients, mul, naiveAttention, scaledDotProductAttention, sum } from "../../src/index.ts";
import { programStats } from "../../src/plan/describe.ts";
import { adapterOf, dispatchesOf, input, plan } from "./support.ts";

const LENGTHS = [512, 1024, 2048, 4096];

function planned(form: typeof naiveAttention, length: number, kind: "software" | "hardware", causal = true) {
  const [q, k, v, g] = [1, 2, 3, 4].map(() => input([1, 4, length, 64]));
  if (!q || !k || !v || !g) throw new Error("four inputs");
  const y = form(q, k, v, { causal });
  const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]);
  if (!dQ || !dK || !dV) throw new Error("three gradients");
  return plan({ y, dQ, dK, dV }, [q, k, v, g], adapterOf(kind));
}

const bytesOf = (form: typeof naiveAttention, kind: "software" | "hardware", lengths = LENGTHS): number[] =>
  lengths.map((length) => programStats(planned(form, length, kind)).bytes);

const growth = (bytes: readonly number[]): number[] => bytes.slice(1).map((each, i) => each / (bytes[i] as number));

describe.for(["software", "hardware"] as const)("on %s", (kind) => {
  test("the fused kernels' memory at most doubles with the length", () => {
    for (const ratio of growth(bytesOf(scaledDotProductAttention, kind))) expect(ratio).toBeLessThanOrEqual(2.1);
  });

  test("the naive form's grows with the square", () => {
    // the scores of 4096 would not fit a buffer
    const [last] = growth(bytesOf(naiveAttention, kind, [512, 1024, 2048])).slice(-1);
    expect(last).toBeGreaterThan(3);
  });

  test("short passes are a dispatch each; no dispatch takes longer than about a second", () => {
    const short = planned(scaledDotProductAttention, 128, kind);
    // in causal order each of the four matrix products has a look behind it at what is hidden
    expect(dispatchesOf(short, "attention_")).toBe(kind === "software" ? 3 + 4 : 4);
    const counts = LENGTHS.map((length) => {
      const program = planned(scaledDotProductAttention, length, kind);
      for (const { flops } of program.dispatches) expect(flops).toBeLessThanOrEqual(kind === "software" ? 1.5e9 : 2e11);
      return dispatchesOf(program, "attention_");
    });
    if (kind === "software") expect(counts.at(-1)).toBeGreaterThan(4 * (counts[0] as number));
    else expect(counts).toEqual(LENGTHS.map(() => 4));
  });
});

test("nothing of the size of the scores is kept", () => {
  const { buffers } = planned(scaledDotProductAttention, 4096, "software");
  // tensors of the inputs' size: gradients of keys and values, and those of queries from each of 8 parts of the keys
  for (const { bytes } of buffers) expect(bytes).toBeLessThanOrEqual((2 + 8) * 4 * 4096 * 64 * 4);
});
