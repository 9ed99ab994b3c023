import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  attentionWeights,
  compile,
  float32,
  full,
  gradients,
  int32,
  mul,
  naiveAttention,
  rope,
  scaledDotProductAttention,
  sum,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { array, integers, type NdArray, sizeOf, uniform } from "../../reference/array.ts";
import { type AttentionOptions, attention } from "../../reference/attention.ts";
import { causalGradients } from "../../reference/attention-gradients.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { type AdapterKind, adapterKinds, withProfile } from "../support/profile.ts";

/** [batch, heads, kvHeads, queries, keys, dim]. */
type Sizes = readonly [number, number, number, number, number, number];

interface Setting {
  readonly sizes: Sizes;
  readonly valueDim?: number;
  readonly causal?: boolean | "upper-left";
  readonly alibi?: boolean;
  readonly scale?: number;
  readonly softcap?: number;
  readonly lengths?: readonly number[];
  /** Extents of batch and heads of the mask and of the bias. */
  readonly mask?: readonly [number, number];
  readonly bias?: readonly [number, number];
  /** Added to the bias of some pairs: the largest score of a row is far above others, wherever it stands. */
  readonly steep?: number;
}

/**
 * One of everything; odd; around tiles of 8, 16 and 32 and blocks of 64; queries fewer and more than keys; groups of heads;
 * so many heads that a thread of the combined backward kernel has several blocks of keys, or all of them.
 */
const settings: readonly Setting[] = [
  { sizes: [1, 1, 1, 1, 1, 8] },
  { sizes: [2, 3, 3, 5, 7, 9] },
  { sizes: [1, 2, 2, 33, 65, 16] },
  { sizes: [1, 1, 1, 7, 130, 8], causal: true },
  { sizes: [1, 1, 1, 12, 5, 64], causal: true },
  { sizes: [1, 1, 1, 34, 37, 128], valueDim: 68, causal: true },
  { sizes: [1, 1, 1, 34, 37, 136], valueDim: 129, causal: true },
  { sizes: [2, 4, 2, 17, 17, 8], causal: true },
  { sizes: [1, 6, 1, 5, 11, 20] },
  { sizes: [1, 2, 1, 33, 35, 256], valueDim: 250 },
  { sizes: [3, 2, 2, 4, 9, 12], lengths: [9, 0, 4] },
  { sizes: [3, 2, 1, 9, 9, 12], lengths: [8, 1, 5], causal: true },
  { sizes: [2, 2, 2, 6, 10, 8], mask: [1, 1] },
  { sizes: [2, 2, 1, 6, 10, 8], mask: [2, 2], causal: true },
  { sizes: [2, 3, 3, 6, 10, 8], bias: [1, 3], scale: 0.5, steep: 120 },
  { sizes: [2, 2, 2, 5, 9, 10], bias: [1, 1], mask: [2, 1], lengths: [9, 3] },
  { sizes: [1, 4, 4, 9, 9, 8], alibi: true, causal: true },
  { sizes: [1, 6, 2, 5, 12, 8], alibi: true },
  { sizes: [2, 8, 8, 18, 49, 8], causal: true, lengths: [49, 20] },
  { sizes: [4, 16, 8, 10, 33, 8], alibi: true },
  { sizes: [1, 2, 1, 12, 35, 12], valueDim: 5, causal: "upper-left" },
  { sizes: [1, 2, 2, 35, 12, 4], valueDim: 40, causal: "upper-left", alibi: true },
  { sizes: [2, 2, 1, 11, 19, 9], valueDim: 17, softcap: 1.5, bias: [1, 2], lengths: [19, 7] },
  { sizes: [1, 2, 2, 33, 34, 8], softcap: 3, causal: true, alibi: true },
];

const labelOf = (setting: Setting): string =>
  Object.entries(setting)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

/** Steep ones are so for a key in five, and for other keys in each row. */
const biasOf = (shape: readonly number[], steep = 0): NdArray => {
  const { data } = uniform(shape, 4);
  return array(
    shape,
    data.map((x, i) => (i % 5 === Math.floor(i / (shape.at(-1) as number)) % 4 ? x + steep : x)),
  );
};

/** 0 and 1, the first row all 0. */
const maskOf = (shape: readonly number[]): NdArray => {
  const { data } = uniform(shape, 9, 0, 1);
  return array(
    shape,
    data.map((x, i) => (i < (shape.at(-1) as number) || x < 0.3 ? 0 : 1)),
  );
};

function dataOf({ sizes, valueDim = sizes[5], lengths, mask, bias, steep }: Setting) {
  const [batch, heads, kvHeads, queries, keys, dim] = sizes;
  return {
    q: uniform([batch, heads, queries, dim], 1, -2, 2),
    k: uniform([batch, kvHeads, keys, dim], 2, -2, 2),
    v: uniform([batch, kvHeads, keys, valueDim], 3),
    ...(bias ? { bias: biasOf([...bias, queries, keys], steep) } : {}),
    ...(mask ? { mask: maskOf([...mask, queries, keys]) } : {}),
    ...(lengths ? { lengths: integers([batch], lengths) } : {}),
  };
}

/** Inner products, the softmax and sums over keys; gradients sum over queries and heads of a group as well. */
const toleranceOf = ({ sizes: [, heads, kvHeads, queries, keys, dim] }: Setting): Tolerance =>
  plus(tolerance.softmax(Math.max(keys, (queries * heads) / kvHeads)), tolerance.matmul(dim));

type Form = typeof scaledDotProductAttention;

function checkOf(setting: Setting, form: Form): Check {
  const data = dataOf(setting);
  const names = Object.keys(data).slice(3);
  const { causal = false, alibi = false, scale, softcap } = setting;
  const fixed = { causal, alibi, ...(scale && { scale }), ...(softcap && { softcap }) };
  const optionsOf = <T>(rest: readonly T[]) => ({
    ...fixed,
    ...Object.fromEntries(names.map((name, i) => [name, rest[i]])),
  });
  return {
    label: labelOf(setting),
    inputs: Object.values(data),
    f: pair(
      ([q, k, v, ...rest]) => form(q as Value, k as Value, v as Value, optionsOf(rest as Value[])),
      ([q, k, v, ...rest]) =>
        attention(q as NdArray, k as NdArray, v as NdArray, optionsOf(rest as NdArray[]) as AttentionOptions).y,
    ),
    tolerance: toleranceOf(setting),
    gradients: plus(toleranceOf(setting), toleranceOf(setting)),
    probes: 2,
  };
}

/** A case for each kind of what decides which scores count. */
const KINDS: Readonly<Record<string, (setting: Setting) => boolean>> = {
  ALiBi: ({ alibi }) => alibi === true,
  "masks and biases": ({ alibi, mask, bias }) => !alibi && (mask ?? bias) !== undefined,
  lengths: ({ lengths, mask, bias }) => lengths !== undefined && (mask ?? bias) === undefined,
  causal: ({ causal, alibi, mask, bias, lengths }) => !!causal && !alibi && (mask ?? bias ?? lengths) === undefined,
  "all keys": ({ causal, alibi, mask, bias, lengths }) => !causal && !alibi && (mask ?? bias ?? lengths) === undefined,
};
const fused = Object.entries(KINDS).map(([name, isOne]) =>
  opCase(`attention, ${name}`, () =>
    settings.filter(isOne).map((setting) => checkOf(setting, scaledDotProductAttention)),
  ),
);
/** Chunks of queries, heads together, and keys that a chunk does not see; what does not fit goes by the rule. */
const byProducts: readonly Setting[] = [
  { sizes: [1, 1, 1, 1, 4, 8] },
  { sizes: [1, 2, 2, 5, 8, 12] },
  { sizes: [2, 3, 3, 33, 64, 16] },
  { sizes: [2, 3, 3, 33, 64, 16], causal: true },
  { sizes: [1, 1, 1, 9, 9, 8], causal: true },
  { sizes: [1, 2, 2, 150, 160, 8], causal: true },
  { sizes: [1, 1, 1, 12, 8, 8], causal: true },
  { sizes: [2, 4, 2, 8, 8, 8], causal: true },
  { sizes: [1, 1, 1, 40, 8192, 8], scale: 0.5 },
  { sizes: [1, 1, 1, 70, 8192, 8], causal: true },
  { sizes: [1, 2, 2, 150, 12, 8], valueDim: 20, causal: "upper-left" },
  { sizes: [1, 1, 1, 160, 160, 16], valueDim: 4, causal: true },
  { sizes: [2, 1, 1, 6, 12, 8], lengths: [12, 3] },
];
const products = [false, true].map((long) =>
  opCase(
    `attention by products${long ? ", 8192 keys" : ""}`,
    () =>
      byProducts
        .filter(({ sizes }) => sizes[4] > 1000 === long)
        .map((setting) => checkOf(setting, scaledDotProductAttention)),
    ["products"],
  ),
);

const naive = opCase("attention naive", () =>
  settings.filter(({ sizes }) => sizeOf(sizes) < 20_000).map((setting) => checkOf(setting, naiveAttention)),
);

const weights = opCase("attention weights", () => {
  const setting: Setting = { sizes: [2, 4, 2, 5, 9, 8], lengths: [9, 0], causal: true };
  const { q, k, lengths } = dataOf(setting) as { q: NdArray; k: NdArray; lengths: NdArray };
  return [
    {
      label: labelOf(setting),
      inputs: [q, k, lengths],
      f: pair(
        ([q, k, lengths]) => attentionWeights(q as Value, k as Value, { causal: true, lengths: lengths as Value }),
        ([q, k, lengths]) => attention(q as NdArray, k as NdArray, k as NdArray, { causal: true, lengths }).weights,
      ),
      tolerance: toleranceOf(setting),
      probes: 2,
    },
  ];
});

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

/** With v the unit matrix the result is the weights: what was dropped shows, and gradients must have dropped the same. */
async function dropped(
  { device }: CaseContext,
  [batch, heads, n]: readonly [number, number, number],
  kinds: readonly AdapterKind[] = adapterKinds,
): Promise<void> {
  const rate = 0.4;
  const shape = [batch, heads, n, n];
  const [q, k, g] = [uniform(shape, 1), uniform(shape, 2), uniform(shape, 3)];
  const unit = array(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (i % n === Math.floor(i / n) % n ? 1 : 0)),
  );
  for (const kind of kinds) {
    await withProfile(device, kind, async () => {
      using compiled = await compile(device, null, {
        inputs: { q: float32(shape), k: float32(shape), v: float32(shape), g: float32(shape) },
        training: true,
        fn: ({ q, k, v, g }) => {
          const y = scaledDotProductAttention(q, k, v, { dropout: rate });
          const other = scaledDotProductAttention(q, k, v, { dropout: rate });
          const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]) as [Value, Value, Value];
          return { y, other, dQ, dK, dV };
        },
        seed: 3,
      });
      compiled.replay.poison();
      const inputs = { q: floats(q), k: floats(k), v: floats(unit), g: floats(g) };
      const read = async (x: Tensor) => (await x.read()) as Float32Array;
      const found = await compiled.run(inputs);
      const [y, other, dV, dQ, dK] = await Promise.all(
        [found.y, found.other, found.dV, found.dQ, found.dK].map((x) => read(x as Tensor)),
      );
      const again = await read((await compiled.run(inputs)).y);
      const factors = array(
        shape,
        Float64Array.from(y as Float32Array, (x) => (x === 0 ? 0 : 1 / (1 - rate))),
      );
      const zeros = factors.data.filter((x) => x === 0).length / factors.data.length;
      assert(Math.abs(zeros - rate) < 0.05, `${zeros} of the weights dropped, expected ${rate}`);
      const shared = (x: Float32Array | undefined) => x?.filter((w, i) => w === 0 && factors.data[i] === 0).length;
      for (const [what, x] of Object.entries({ "another application": other, "another step": again })) {
        assert((shared(x) as number) < 0.3 * factors.data.length, `${what} dropped the same`);
      }
      const setting: Setting = { sizes: [batch, heads, heads, n, n, n] };
      const allowed = plus(toleranceOf(setting), toleranceOf(setting));
      assertClose("y", y as Float32Array, attention(q, k, unit, { factors }).y.data, allowed);
      // the oracle's gradients by differences along each tensor's own direction
      for (const [what, got, at] of [
        ["dQ", dQ, 0],
        ["dK", dK, 1],
        ["dV", dV, 2],
      ] as const) {
        const direction = uniform(shape, 7 + at);
        const value = (sign: number) => {
          const moved = [q, k, unit].map((x, i) =>
            i === at
              ? array(
                  shape,
                  x.data.map((e, n) => e + sign * 1e-5 * (direction.data[n] as number)),
                )
              : x,
          ) as [NdArray, NdArray, NdArray];
          return attention(...moved, { factors }).y.data.reduce((total, e, n) => total + e * (g.data[n] as number), 0);
        };
        const want = (value(1) - value(-1)) / 2e-5;
        const along = (got as Float32Array).reduce((total, e, n) => total + e * (direction.data[n] as number), 0);
        assertClose(what, [along], [want], plus(tolerance.reduction(got?.length ?? 0), tolerance.differences));
      }
    });
  }
}

/** The fused kernels' errors against float64 are at most twice the naive ones', and three times for gradients. */
async function accuracy({ device }: CaseContext): Promise<Record<string, number>> {
  const shape = [1, 2, 96, 64];
  const [q, k, v, g] = [1, 2, 3, 4].map((seed) => uniform(shape, seed, -1, 1)) as [NdArray, NdArray, NdArray, NdArray];
  const want = causalGradients(q, k, v, g);
  const ratios: Record<string, number> = {};
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      const spec = float32(shape);
      using compiled = await compile(device, null, {
        inputs: { q: spec, k: spec, v: spec, g: spec },
        fn: ({ q, k, v, g }) => {
          const of = (form: Form) => {
            const y = form(q, k, v, { causal: true });
            const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]) as [Value, Value, Value];
            return { y, dQ, dK, dV };
          };
          return { fused: of(scaledDotProductAttention), naive: of(naiveAttention) };
        },
      });
      const inputs = { q: floats(q), k: floats(k), v: floats(v), g: floats(g) };
      const first = await (await compiled.run(inputs)).fused.dK.read();
      const found = await compiled.run(inputs);
      assertSame("the same bits at every run", await found.fused.dK.read(), first);
      for (const name of ["y", "dQ", "dK", "dV"] as const) {
        const error = async (x: Tensor) =>
          ((await x.read()) as Float32Array).reduce(
            (most, e, i) => Math.max(most, Math.abs(e - (want[name].data[i] as number))),
            0,
          );
        const ratio = (await error(found.fused[name])) / (await error(found.naive[name]));
        const most = name === "y" ? 2 : 3;
        assert(ratio <= most, `${kind} ${name}: error ${ratio} times that of the naive form, expected at most ${most}`);
        ratios[`${kind} ${name}`] = Number(ratio.toFixed(2));
      }
    });
  }
  return ratios;
}

async function errors(): Promise<void> {
  const x = (...shape: number[]) => full(shape, 0);
  const go =
    (options: object, q = x(2, 4, 3, 8), k = x(2, 4, 5, 8), v = k) =>
    () =>
      scaledDotProductAttention(q, k, v, options);
  await assertRejects(
    "ShapeError",
    ["4 query heads", "3 key/value heads", "use 4 or 1"],
    go({}, x(2, 4, 3, 8), x(2, 3, 5, 8)),
  );
  await assertRejects("ShapeError", ["q", "[batch, heads, length, dim]", "permute"], go({}, x(2, 3, 8)));
  await assertRejects("ShapeError", ["k", "dim of q"], go({}, x(2, 4, 3, 8), x(2, 4, 5, 4)));
  await assertRejects("ShapeError", ["v", "[2, 4, 5, valueDim]"], go({}, x(2, 4, 3, 8), x(2, 4, 5, 8), x(2, 4, 6, 8)));
  await assertRejects("ShapeError", ["mask", "[2 or 1, 4 or 1, 3, 5]", "lengths"], go({ mask: x(2, 5) }));
  await assertRejects("ShapeError", ["bias", "broadcastTo"], go({ bias: x(3, 3, 5) }));
  await assertRejects("DtypeError", ["lengths", "int32"], go({ lengths: x(2) }));
  await assertRejects("ArgumentError", ["dropout"], go({ dropout: 1 }));
  await assertRejects("ArgumentError", ["softcap is 0", "> 0"], go({ softcap: 0 }));
  await assertRejects("ArgumentError", ['causal is "left"', "upper-left"], go({ causal: "left" }));
  await assertRejects("ShapeError", ["rope", "even"], () => rope(x(3, 5)));
}

async function lengthsBeyond({ device }: CaseContext): Promise<void> {
  using compiled = await compile(device, null, {
    inputs: { q: float32([2, 1, 3, 8]), lengths: int32([2]) },
    fn: ({ q, lengths }) => ({ y: scaledDotProductAttention(q, q, q, { lengths }) }),
  });
  await assertRejects("DataError", ["attention length", "4"], () =>
    compiled.run({ q: new Float32Array(48), lengths: Int32Array.of(3, 4) }),
  );
  assertEqual("dispatches", compiled.stats.dispatches, 2);
}

export const attentionCases: readonly Case[] = [
  ...fused,
  ...products,
  naive,
  weights,
  { name: "attention dropout", run: (context) => dropped(context, [2, 2, 24]) },
  { name: "attention dropout, wide heads", run: (context) => dropped(context, [1, 1, 132], ["hardware"]) },
  { name: "attention accuracy", run: accuracy },
  { name: "attention errors", run: errors },
  { name: "attention lengths beyond the keys", run: lengthsBeyond },
];
