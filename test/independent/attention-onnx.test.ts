// Attention, multi-head attention, softmax and layer norm against ONNX Runtime's: forward passes.
import { describe, expect, test } from "vitest";
import { compile, float32, int32, layerNorm, nn, scaledDotProductAttention, softmax } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { alibiSlopes } from "../reference/attention.ts";
import { device } from "../support/device.ts";
import { plus, tolerance } from "../support/tolerance.ts";
import { runOnnxNode } from "./onnx-attention.ts";
import { numbers, setParameters, tensorOf } from "./support.ts";

const BATCH = 2;
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const toleranceOf = (keys: number, dim: number) => plus(tolerance.softmax(keys), tolerance.matmul(dim));
/** An oracle that gives zeros would prove nothing. */
const alive = (want: Float32Array) => expect(want.some((x) => Math.abs(x) > 1e-3)).toBe(true);

/** 0 and 1; no row without a key, on which ONNX and we differ (they: NaN or a mean). */
const maskOf = (shape: readonly number[]): Uint8Array => {
  const keys = shape.at(-1) as number;
  return Uint8Array.from(numbers(9, size(shape)), (x, i) => (x > -0.3 || i % keys === 0 ? 1 : 0));
};

const heads = [
  [1, 1],
  [4, 4],
  [4, 2],
  [3, 1],
] as const;
const lengths = [
  [1, 1],
  [7, 7],
  [5, 33],
] as const;
const forms = ["plain", "causal", "mask", "mask of heads", "bias", "softcap, wider values"] as const;

const problems = lengths.flatMap(([queries, keys]) => forms.map((form) => ({ queries, keys, form })));

describe.for([8, 20, 64])("Attention, head size %i", (dim) => {
  describe.for(heads)("%i heads, %i of keys", ([queryHeads, kvHeads]) => {
    test.for(problems)("$queries queries, $keys keys, $form", async ({ queries, keys, form }) => {
      const [qShape, kShape] = [
        [BATCH, queryHeads, queries, dim],
        [BATCH, kvHeads, keys, dim],
      ] as const;
      const isCapped = form === "softcap, wider values";
      const [vShape, yShape] = [kShape, qShape].map((shape) => [...shape.slice(0, 3), isCapped ? dim + 5 : dim]) as [
        number[],
        number[],
      ];
      const scores = [form === "mask of heads" ? BATCH : 1, form === "mask" ? 1 : queryHeads, queries, keys];
      const [q, k, v] = [numbers(1, size(qShape), 2), numbers(2, size(kShape), 2), numbers(3, size(vShape))];
      const hidden = form.startsWith("mask") ? maskOf(scores) : null;
      const added = form === "bias" ? numbers(4, size(scores)) : null;
      const third = hidden ?? added;
      const want = await runOnnxNode(
        "Attention",
        {
          q: { data: q, shape: qShape },
          k: { data: k, shape: kShape },
          v: { data: v, shape: vShape },
          mask: third && { data: third, shape: scores },
        },
        yShape,
        { is_causal: form === "causal" ? 1 : 0, ...(isCapped && { softcap: 0.75 }) },
      );
      alive(want);
      using compiled = await compile(device, null, {
        inputs: { q: float32(qShape), k: float32(kShape), v: float32(vShape), extra: float32(scores) },
        fn: ({ q, k, v, extra }) => ({
          y: scaledDotProductAttention(q, k, v, {
            // ONNX aligns at the beginning
            causal: form === "causal" && "upper-left",
            ...(isCapped && { softcap: 0.75 }),
            ...(hidden ? { mask: extra } : added ? { bias: extra } : {}),
          }),
        }),
      });
      compiled.replay.poison();
      const found = await compiled.run({
        q,
        k,
        v,
        extra: Float32Array.from(third ?? new Float32Array(size(scores))),
      });
      assertClose("y", await found.y.read(), want, toleranceOf(keys, dim));
    });
  });
});

// What ONNX has no name for, given to it as an added mask: a large negative number hides a pair.
describe.for([
  [4, 4],
  [6, 2],
] as const)("Attention with an added mask, %i heads, %i of keys", ([queryHeads, kvHeads]) => {
  const forms = ["lengths", "alibi", "alibi, causal", "lengths, causal, alibi"] as const;
  const sizes = [
    [1, 1],
    [17, 17],
    [5, 33],
    [33, 50],
  ] as const;
  test.for(sizes.flatMap(([queries, keys]) => forms.map((form) => ({ queries, keys, form }))))(
    "$queries queries, $keys keys, $form",
    async ({ queries, keys, form }) => {
      const dim = 20;
      const [qShape, kShape] = [
        [BATCH, queryHeads, queries, dim],
        [BATCH, kvHeads, keys, dim],
      ] as const;
      const [causal, alibi] = [form.includes("causal"), form.includes("alibi")];
      const there = form.includes("lengths") ? [keys, Math.ceil(keys / 2)] : [keys, keys];
      const slopes = alibiSlopes(queryHeads);
      const added = Float32Array.from({ length: BATCH * queryHeads * queries * keys }, (_, n) => {
        const [j, i] = [n % keys, Math.floor(n / keys) % queries];
        const [h, b] = [Math.floor(n / keys / queries) % queryHeads, Math.floor(n / keys / queries / queryHeads)];
        // both aligned at the end
        const behind = i + keys - queries - j;
        if ((causal && behind < 0) || j >= (there[b] as number)) return -1e9;
        return alibi ? -(slopes[h] as number) * Math.abs(behind) : 0;
      });
      const [q, k, v] = [numbers(1, size(qShape), 2), numbers(2, size(kShape), 2), numbers(3, size(kShape))];
      const want = await runOnnxNode(
        "Attention",
        {
          q: { data: q, shape: qShape },
          k: { data: k, shape: kShape },
          v: { data: v, shape: kShape },
          mask: { data: added, shape: [BATCH, queryHeads, queries, keys] },
        },
        qShape,
      );
      alive(want);
      using compiled = await compile(device, null, {
        inputs: { q: float32(qShape), k: float32(kShape), v: float32(kShape), lengths: int32([BATCH]) },
        fn: ({ q, k, v, lengths }) => ({
          y: scaledDotProductAttention(q, k, v, { causal, alibi, ...(form.includes("lengths") ? { lengths } : {}) }),
        }),
      });
      compiled.replay.poison();
      const found = await compiled.run({ q, k, v, lengths: Int32Array.from(there) });
      assertClose("y", await found.y.read(), want, toleranceOf(keys, dim));
    },
  );
});

describe("MultiHeadAttention", () => {
  test.for([1, 2, 4])("%i heads, lengths of keys", async (count) => {
    const [length, width] = [9, 24];
    const shape = [BATCH, length, width];
    const model = new nn.MultiheadAttention(width, count);
    const dict = setParameters(device, model, 1, 0.5);
    const x = numbers(100, size(shape));
    const there = Int32Array.of(9, 4);
    // their layer has neither projection: ours first, by plain loops
    const weight = tensorOf(dict, "in_proj_weight");
    const bias = tensorOf(dict, "in_proj_bias");
    const project = (rows: Float32Array, w: Float32Array, b: Float32Array, into: number) =>
      Float32Array.from({ length: (rows.length / width) * into }, (_, n) => {
        const [row, out] = [Math.floor(n / into), n % into];
        let total = b[out] as number;
        for (let i = 0; i < width; i++) total += (rows[row * width + i] as number) * (w[out * width + i] as number);
        return total;
      });
    const part = (i: number) => ({
      data: project(x, weight.slice(i * width * width), bias.slice(i * width), width),
      shape,
    });
    const mask = Int32Array.from({ length: BATCH * length }, (_, n) =>
      n % length < (there[Math.floor(n / length)] as number) ? 1 : 0,
    );
    const mixed = await runOnnxNode(
      "MultiHeadAttention",
      { q: part(0), k: part(1), v: part(2), bias: null, mask: { data: mask, shape: [BATCH, length] } },
      shape,
      { num_heads: count },
      "com.microsoft",
    );
    alive(mixed);
    const want = project(mixed, tensorOf(dict, "out_proj.weight"), tensorOf(dict, "out_proj.bias"), width);
    using compiled = await compile(device, model, {
      // queries by themselves: where they are the keys, what is behind the lengths counts as zeros
      inputs: { queries: float32(shape), x: float32(shape), lengths: int32([BATCH]) },
      fn: ({ queries, x, lengths }) => ({ y: model.forward(queries, x, x, { lengths }) }),
    });
    const found = await compiled.run({ queries: x, x, lengths: there });
    assertClose("y", await found.y.read(), want, plus(toleranceOf(width, width), tolerance.matmul(4 * width)));
    model.dispose(device);
  });
});

describe.for([1, 5, 64, 130])("rows of %i", (n) => {
  test.for([-1, 1])("Softmax along axis %i", async (axis) => {
    const shape = [3, 4, n];
    const x = numbers(1, size(shape), 4);
    const want = await runOnnxNode("Softmax", { x: { data: x, shape } }, shape, { axis });
    using compiled = await compile(device, null, {
      inputs: { x: float32(shape) },
      fn: ({ x }) => ({ y: softmax(x, axis) }),
    });
    assertClose("y", await (await compiled.run({ x })).y.read(), want, tolerance.softmax(n));
  });

  test("LayerNormalization", async () => {
    const shape = [7, n];
    const [x, weight, bias] = [numbers(1, 7 * n, 2), numbers(2, n), numbers(3, n)];
    const inputs = {
      x: { data: x, shape },
      weight: { data: weight, shape: [n] },
      bias: { data: bias, shape: [n] },
    };
    const want = await runOnnxNode("LayerNormalization", inputs, shape, { axis: 1, epsilon: 0.01 });
    using compiled = await compile(device, null, {
      inputs: { x: float32(shape), weight: float32([n]), bias: float32([n]) },
      fn: ({ x, weight, bias }) => ({ y: layerNorm(x, weight, bias, 0.01) }),
    });
    const found = await compiled.run({ x, weight, bias });
    assertClose("y", await found.y.read(), want, plus(tolerance.softmax(n), tolerance.elementwise));
  });
});
