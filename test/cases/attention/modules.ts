/** Options of attention modules, scores as results, and padding that is not a number. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  attentionScores,
  compile,
  float32,
  gradients,
  int32,
  mul,
  nn,
  permute,
  reshape,
  rope,
  type ScoreStage,
  scaledDotProductAttention,
  slice,
  sum,
  type Value,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { attention } from "../../reference/attention.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertRejects, assertSame } from "../support/assert.ts";

const [BATCH, LENGTH, WIDTH] = [2, 5, 8];
const floats = (shape: readonly number[], seed: number) => Float32Array.from(uniform(shape, seed).data);

/** NaN behind the lengths changes nothing in front of them, nor any gradient of a weight. */
async function padding({ device }: CaseContext): Promise<void> {
  const lengths = Int32Array.of(5, 2);
  const mha = new nn.MultiheadAttention(WIDTH, 2, { headDim: 3 });
  const encoder = new nn.TransformerEncoder(WIDTH, 2, 2, { dimFeedforward: 8, rope: true });
  const decoder = new nn.TransformerDecoder(WIDTH, 2, 1, { dimFeedforward: 8, normFirst: true });
  const model = { mha, encoder, decoder };
  const shape = [BATCH, LENGTH, WIDTH];
  using compiled = await compile(device, model, {
    inputs: {
      x: float32(shape),
      other: float32(shape),
      memory: float32(shape),
      lengths: int32([BATCH]),
      there: float32(shape),
      mask: float32([BATCH, 1, LENGTH, LENGTH]),
    },
    fn: ({ x, other, memory, lengths, there, mask }) => {
      const outputs = [
        mha.forward(x, x, x, { lengths }),
        mha.forward(other, memory, memory, { lengths }),
        mha.forward(other, memory, memory, { mask }),
        encoder.forward(x, { lengths, causal: true }),
        decoder.forward(x, memory, { lengths, causal: true }, { lengths }),
      ];
      const counted = outputs.map((y) => mul(y, there));
      const parameters = Object.values(model).flatMap((module) => [...module.parameters()]);
      const loss = counted.map((y) => sum(mul(y, y))).reduce((a, b) => add(a, b));
      return { counted, slopes: gradients(loss, parameters).filter((g) => g !== undefined) as Value[] };
    },
  });
  const [x, memory] = [floats(shape, 1), floats(shape, 2)];
  const isBehind = (n: number) => Math.floor(n / WIDTH) % LENGTH >= (lengths[Math.floor(n / WIDTH / LENGTH)] as number);
  const spoilt = (a: Float32Array) =>
    a.map((e, n) => (isBehind(n) ? (n % 2 ? Number.NaN : Number.POSITIVE_INFINITY) : e));
  const there = x.map((_, n) => (isBehind(n) ? 0 : 1));
  const mask = Float32Array.from({ length: BATCH * LENGTH * LENGTH }, (_, n) =>
    n % LENGTH < (lengths[Math.floor(n / LENGTH / LENGTH)] as number) ? 1 : 0,
  );
  const read = async (a: Float32Array, b: Float32Array) => {
    compiled.replay.poison();
    const { counted, slopes } = await compiled.run({ x: a, other: floats(shape, 3), memory: b, lengths, there, mask });
    return Promise.all([...counted, ...slopes].map(async (tensor) => Array.from(await tensor.read())));
  };
  const [clean, dirty] = [await read(x, memory), await read(spoilt(x), spoilt(memory))];
  clean.forEach((want, i) => {
    assert(want.every(Number.isFinite), `result ${i} is not finite`);
    assertSame(`result ${i}`, dirty[i] as number[], want);
  });
}

/** MultiheadAttention with all its options is what its parts give. */
async function options({ device }: CaseContext): Promise<void> {
  const [heads, dim, shape] = [2, 6, [BATCH, LENGTH, WIDTH]];
  const module = new nn.MultiheadAttention(WIDTH, heads, {
    headDim: dim,
    softcap: 0.5,
    rope: { rotaryDim: 4 },
    bias: false,
  });
  using compiled = await compile(device, module, {
    inputs: { x: float32(shape), positions: int32([BATCH, LENGTH]) },
    fn: ({ x, positions }) => {
      const part = (n: number) => {
        const weight = slice(module.in_proj_weight, 0, n * heads * dim, (n + 1) * heads * dim);
        const all = sum(mul(reshape(x, [BATCH, LENGTH, 1, WIDTH]), weight), -1);
        return permute(reshape(all, [BATCH, LENGTH, heads, dim]), [0, 2, 1, 3]);
      };
      const [q, k] = [0, 1].map((n) => rope(part(n), { rotaryDim: 4, positions })) as [Value, Value];
      const mixed = scaledDotProductAttention(q, k, part(2), { softcap: 0.5, causal: true });
      const joined = reshape(permute(mixed, [0, 2, 1, 3]), [BATCH, LENGTH, heads * dim]);
      return { y: module.forward(x, x, x, { positions, causal: true }), want: module.out_proj.forward(joined) };
    },
  });
  const positions = Int32Array.of(0, 1, 2, 0, 1, 3, 4, 0, 1, 2);
  const { y, want } = await compiled.run({ x: floats(shape, 1), positions });
  assertClose("y", await y.read(), await want.read(), plus(tolerance.matmul(WIDTH * dim), tolerance.softmax(LENGTH)));
  await assertRejects("ShapeError", ["numHeads 3", "headDim"], () => new nn.MultiheadAttention(8, 3));
  await assertRejects("UnsupportedError", ["positions", "rope"], () =>
    compile(device, null, {
      inputs: { x: float32(shape), positions: int32([LENGTH]) },
      fn: ({ x, positions }) => new nn.MultiheadAttention(WIDTH, 2).forward(x, x, x, { positions }),
    }),
  );
}

/** Each stage of the scores, of which the last but one gives the weights. */
async function scores({ device }: CaseContext): Promise<void> {
  const [qShape, kShape, biasShape] = [
    [2, 4, 3, 8],
    [2, 2, 5, 8],
    [1, 3, 5],
  ];
  const bias = uniform(biasShape, 3);
  bias.data[4] = Number.NEGATIVE_INFINITY;
  const given = { softcap: 0.7, causal: "upper-left" } as const;
  using compiled = await compile(device, null, {
    inputs: { q: float32(qShape), k: float32(kShape), bias: float32(biasShape) },
    fn: ({ q, k, bias }) => {
      const at = (stage: ScoreStage) => attentionScores(q, k, { ...given, bias, stage });
      return {
        scaled: at("scaled"),
        capped: at("capped"),
        masked: at("masked"),
        weights: at("weights"),
        plain: attentionScores(q, k),
      };
    },
  });
  const [q, k] = [uniform(qShape, 1, -2, 2), uniform(kShape, 2, -2, 2)];
  const found = await compiled.run({
    q: Float32Array.from(q.data),
    k: Float32Array.from(k.data),
    bias: Float32Array.from(bias.data),
  });
  const scaled = Array.from({ length: 2 * 4 * 3 * 5 }, (_, n) => {
    const [row, j] = [Math.floor(n / 5), n % 5];
    const key = Math.floor(row / 3 / 2) * 5 + j;
    let dot = 0;
    for (let d = 0; d < 8; d++) dot += (q.data[row * 8 + d] as number) * (k.data[key * 8 + d] as number);
    return dot / Math.sqrt(8);
  });
  const capped = scaled.map((x) => 0.7 * Math.tanh(x / 0.7));
  const masked = capped.map((x, n) =>
    n % 5 > Math.floor(n / 5) % 3 ? Number.NEGATIVE_INFINITY : x + (bias.data[n % 15] as number),
  );
  const allowed = plus(tolerance.matmul(8), tolerance.softmax(5));
  assertClose("scaled", await found.scaled.read(), scaled, allowed);
  assertSame("scaled by default", await found.plain.read(), await found.scaled.read());
  assertClose("capped", await found.capped.read(), capped, allowed);
  assertClose("masked", await found.masked.read(), masked, allowed);
  assertClose("weights", await found.weights.read(), attention(q, k, k, { ...given, bias }).weights.data, allowed);
}

export const attentionModuleCases: readonly Case[] = [
  { name: "attention modules with padding that is not a number", run: padding },
  { name: "attention modules' options", run: options },
  { name: "attention scores", run: scores },
];
