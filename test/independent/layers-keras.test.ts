// What Keras's layers gave (test/fixtures/keras-layers.py) from their weights, by fromKeras.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  add,
  compile,
  float32,
  fromKeras,
  int32,
  type KerasLayer,
  losses,
  nn,
  optim,
  pool,
  Trainer,
  toKeras,
  type Value,
} from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { plus, tolerance } from "../support/tolerance.ts";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Convolution {
  readonly kernel_size: number;
  readonly padding: nn.ConvPadding;
  readonly strides?: number;
  readonly dilation_rate?: number;
  readonly groups?: number;
  readonly use_bias?: boolean;
}
interface Fixture {
  readonly convolutions: readonly Readonly<{ options: Convolution; weights: Tensor[]; x: Tensor; y: Tensor }>[];
  readonly lengths: readonly number[];
  readonly normalisations: readonly Readonly<
    { epsilon: number; weights: Tensor[] } & Record<
      "x" | "inferred" | "trained" | "movedMean" | "movedVariance",
      Tensor
    >
  >[];
  readonly embedding: Readonly<{ weights: Tensor[]; tokens: number[]; y: Tensor; mean: Tensor }>;
  readonly pooling: Readonly<Record<"x" | "mean" | "max" | "last", Tensor>>;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/keras-layers.json", import.meta.url), "utf8"));
const lengths = Int32Array.from(fixture.lengths);
const close = plus(tolerance.reduction(64), tolerance.special);

/** The layer with Keras's weights, which go back as they came. */
function load<Layer extends nn.Module>(layer: Layer, kind: KerasLayer, weights: readonly Tensor[]): Layer {
  const given = weights.map(({ shape, data }) => ({ shape, data: Float32Array.from(data) }));
  const dict = fromKeras(kind, given);
  expect(toKeras(kind, dict)).toEqual(given);
  layer.loadStateDict(device, dict);
  return layer;
}

const convolution = ({ options, weights }: Fixture["convolutions"][number]) => {
  const { kernel_size, padding, strides = 1, dilation_rate = 1, groups = 1, use_bias = true } = options;
  const own = { padding, stride: strides, dilation: dilation_rate, groups, bias: use_bias };
  return load(new nn.Conv1d(4, 6, kernel_size, own), "Conv1D", weights);
};
const normalisation = ({ epsilon, weights }: Fixture["normalisations"][number]) =>
  // Keras's momentum is that of what was before
  load(new nn.BatchNorm(4, { epsilon, momentum: 0.1, affine: weights.length === 4 }), "BatchNormalization", weights);

test("convolutions, norms by their moving statistics, embeddings and pooling are Keras's", async () => {
  const convolutions = fixture.convolutions.map(convolution);
  const norms = fixture.normalisations.map(normalisation);
  const table = load(new nn.Embedding(7, 3, { paddingIndex: 0 }), "Embedding", fixture.embedding.weights);
  using compiled = await compile(
    device,
    { convolutions, norms, table },
    {
      inputs: {
        windows: convolutions.map(() => float32([2, 7, 4])),
        rows: norms.map(() => float32([3, 5, 4])),
        tokens: int32([3, 5]),
        x: float32([3, 5, 4]),
        lengths: int32([3]),
      },
      fn: ({ windows, rows, tokens, x, lengths }) => {
        const y = table.forward(tokens);
        return {
          windows: windows.map((each, i) => (convolutions[i] as nn.Conv1d).forward(each)),
          rows: rows.map((each, i) => (norms[i] as nn.BatchNorm).forward(each)),
          embedded: [y, pool(y, lengths, "mean")],
          pooled: [pool(x, undefined, "mean"), pool(x, undefined, "max"), pool(x, lengths, "last")],
        };
      },
    },
  );
  const numbers = ({ data }: Tensor) => Float32Array.from(data);
  const found = await compiled.run({
    windows: fixture.convolutions.map(({ x }) => numbers(x)),
    rows: fixture.normalisations.map(({ x }) => numbers(x)),
    tokens: Int32Array.from(fixture.embedding.tokens),
    x: numbers(fixture.pooling.x),
    lengths,
  });
  const { mean, max, last } = fixture.pooling;
  const wanted: readonly (readonly [string, readonly Tensor[], (typeof found)["rows"]])[] = [
    ["Conv1D", fixture.convolutions.map(({ y }) => y), found.windows],
    ["BatchNormalization", fixture.normalisations.map(({ inferred }) => inferred), found.rows],
    ["Embedding", [fixture.embedding.y, fixture.embedding.mean], found.embedded],
    ["pooling", [mean, max, last], found.pooled],
  ];
  for (const [label, tensors, own] of wanted) {
    for (const [i, { shape, data }] of tensors.entries()) {
      expect(own[i]?.shape).toEqual(shape);
      assertClose(`${label} ${i}`, (await own[i]?.read()) ?? [], data, close);
    }
  }
});

test("in training norms take the batch's statistics, and move theirs, as Keras's do", async () => {
  const norms = fixture.normalisations.map(normalisation);
  const masked = (i: number) => fixture.normalisations[i] === fixture.normalisations.at(-1);
  const isInside = (i: number, at: number) =>
    !masked(i) || Math.floor(at / 4) % 5 < (lengths[Math.floor(at / 20)] ?? 0);
  const spec = norms.map(() => float32([3, 5, 4]));
  const trainer = await Trainer.create(device, norms, {
    inputs: { x: spec, y: spec, lengths: int32([3]) },
    loss: ({ x, y, lengths }) =>
      norms
        .map((norm, i) => norm.forward(x[i] as Value, masked(i) ? { lengths } : {}))
        .map((own, i) => losses.meanSquaredError(own, y[i] as Value))
        .reduce(add),
    optimizer: optim.sgd({ learningRate: 0 }),
  });
  const x = fixture.normalisations.map((each) => Float32Array.from(each.x.data));
  // behind the lengths Keras's are numbers, ours zeros
  const y = fixture.normalisations.map(({ trained }, i) =>
    Float32Array.from(trained.data, (value, at) => (isInside(i, at) ? value : 0)),
  );
  expect((await trainer.step({ x, y, lengths })).loss).toBeLessThan(1e-12);
  const state = await trainer.stateDict();
  for (const [i, { weights, movedMean, movedVariance }] of fixture.normalisations.entries()) {
    const moved = (name: string) => state.get(`${i}.${name}`)?.data ?? [];
    assertClose("moving mean", moved("running_mean"), movedMean.data, tolerance.elementwise);
    // theirs is moved by the biased variance, ours by the unbiased one
    const rows = masked(i) ? lengths.reduce((sum, each) => sum + each) : 15;
    const kept = (weights.at(-1) as Tensor).data.map((variance) => 0.9 * variance);
    const unbiased = kept.map((old, j) => old + (((movedVariance.data[j] as number) - old) * rows) / (rows - 1));
    assertClose("moving variance", moved("running_var"), unbiased, tolerance.elementwise);
  }
  trainer.dispose();
});
