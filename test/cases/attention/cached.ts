import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  cachedAttention,
  cacheSpec,
  compile,
  float32,
  int32,
  naiveAttention,
  type Tensor,
} from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import { attention } from "../../reference/attention.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

interface Setting {
  /** [heads, kvHeads, queries, capacity, dim]; a sequence for each length; with one below `queries`, the first see no key. */
  readonly sizes: readonly [number, number, number, number, number];
  readonly lengths: readonly number[];
  readonly causal?: boolean;
  readonly alibi?: boolean;
  readonly scale?: number;
  readonly softcap?: number;
  readonly valueDim?: number;
}

/** Parts have 32 keys, or 128 on GPUs; rows go by one, two or four; more than 8 queries go through the tiled kernels. */
const settings: readonly Setting[] = [
  { sizes: [1, 1, 1, 1, 8], lengths: [1] },
  { sizes: [1, 1, 1, 300, 8], lengths: [0, 1, 31, 32, 33, 127, 128, 129, 255, 257, 300] },
  { sizes: [3, 3, 1, 70, 9], lengths: [70, 5, 64] },
  { sizes: [4, 2, 1, 130, 20], lengths: [129, 3], alibi: true },
  { sizes: [6, 2, 1, 40, 12], lengths: [40, 7], scale: 0.3 },
  { sizes: [8, 1, 1, 140, 64], lengths: [133] },
  { sizes: [2, 2, 1, 140, 128], lengths: [131, 0] },
  { sizes: [2, 1, 3, 66, 16], lengths: [3, 34, 66, 2], alibi: true },
  { sizes: [2, 2, 5, 40, 8], lengths: [40, 36, 0], causal: false, alibi: true },
  { sizes: [5, 5, 8, 33, 10], lengths: [9, 33], alibi: true },
  { sizes: [2, 1, 9, 70, 8], lengths: [9, 69, 40], alibi: true },
  { sizes: [4, 2, 33, 100, 20], lengths: [100, 33, 64] },
  { sizes: [2, 2, 12, 40, 8], lengths: [40, 13, 0], causal: false, alibi: true },
  { sizes: [4, 2, 2, 140, 9], lengths: [140, 129, 31, 1], valueDim: 21, softcap: 2 },
  { sizes: [2, 1, 18, 40, 20], lengths: [40, 18, 25], valueDim: 3, softcap: 1 },
];

/** A case for each. */
const KINDS: Readonly<Record<string, (setting: Setting) => boolean>> = {
  "one query": ({ sizes }) => sizes[2] === 1,
  "few queries": ({ sizes }) => sizes[2] > 1 && sizes[2] <= 8,
  "many queries": ({ sizes }) => sizes[2] > 8,
};

/** One sequence after the other, its keys cut at its length. */
function expected(
  { sizes: [heads, kvHeads, queries, , dim], lengths, valueDim = dim, ...options }: Setting,
  q: NdArray,
  k: NdArray,
  v: NdArray,
) {
  const capacity = k.shape[2] as number;
  return lengths.flatMap((length, b) => {
    const size = heads * queries * dim;
    if (length === 0) return new Array<number>(heads * queries * valueDim).fill(0);
    const ofSequence = array([1, heads, queries, dim], q.data.slice(b * size, (b + 1) * size));
    const cut = (x: NdArray, width: number) =>
      array(
        [1, kvHeads, length, width],
        Float64Array.from({ length: kvHeads * length * width }, (_, n) => {
          const [h, t, d] = [Math.floor(n / width / length), Math.floor(n / width) % length, n % width];
          return x.data[((b * kvHeads + h) * capacity + t) * width + d] as number;
        }),
      );
    return [...attention(ofSequence, cut(k, dim), cut(v, valueDim), { causal: true, ...options }).y.data];
  });
}

/** Rows widened with zeros, as a cache has them. */
function widened(x: NdArray): Float32Array {
  const dim = x.shape.at(-1) as number;
  const wide = Math.ceil(dim / 8) * 8;
  return Float32Array.from({ length: (x.data.length / dim) * wide }, (_, n) => {
    const [row, d] = [Math.floor(n / wide), n % wide];
    return d < dim ? (x.data[row * dim + d] as number) : 0;
  });
}

/** [batch, kvHeads, capacity, dim] with what is not finite from the position on that `from` gives for a length. */
function spoilt(x: NdArray, { lengths }: Setting, from: (length: number) => number): NdArray {
  const [, kvHeads, capacity, dim] = x.shape as [number, number, number, number];
  const data = x.data.map((value, n) => {
    const [b, t] = [Math.floor(n / dim / capacity / kvHeads), Math.floor(n / dim) % capacity];
    if (t < from(lengths[b] as number)) return value;
    return t % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
  });
  return array(x.shape, data);
}

/** NaN as a number that nothing else is near, so that it equals itself. */
const marked = (x: ArrayLike<number>): number[] => Array.from(x, (e) => (Number.isNaN(e) ? 12_345 : e));

async function decoding({ device }: CaseContext, own: readonly Setting[]): Promise<{ used: number }> {
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      for (const setting of own) {
        const { sizes, lengths, valueDim, causal = true, alibi = false, scale, softcap } = setting;
        const [heads, kvHeads, queries, capacity, dim] = sizes;
        const batch = lengths.length;
        const q = uniform([batch, heads, queries, dim], 1, -2, 2);
        const k = uniform([batch, kvHeads, capacity, dim], 2);
        const v = uniform([batch, kvHeads, capacity, valueDim ?? dim], 3);
        const specOf = (x: NdArray) => cacheSpec({ batch, kvHeads, capacity, dim: x.shape[3] as number });
        const options = {
          causal,
          alibi,
          ...(scale && { scale }),
          ...(softcap && { softcap }),
          ...(valueDim && { valueDim }),
        };
        using compiled = await compile(device, null, {
          inputs: { q: float32(q.shape), k: specOf(k), v: specOf(v), lengths: int32([batch]) },
          fn: ({ q, k, v, lengths }) => ({
            y: cachedAttention(q, k, v, { lengths, ...options }),
            all: cachedAttention(q, k, v, options),
          }),
        });
        const run = (keys: NdArray, values: NdArray) => {
          compiled.replay.poison();
          const inputs = { q: floats(q), k: widened(keys), v: widened(values) };
          return compiled.run({ ...inputs, lengths: Int32Array.from(lengths) });
        };
        const found = await run(k, v);
        const allowed = plus(tolerance.softmax(capacity), tolerance.matmul(dim));
        const label = `${kind} ${JSON.stringify(setting)}`;
        assertClose(label, await found.y.read(), expected(setting, q, k, v), allowed);
        const full = { ...setting, lengths: lengths.map(() => capacity) };
        assertClose(`${label} without lengths`, await found.all.read(), expected(full, q, k, v), allowed);
        const behind = await run(
          spoilt(k, setting, (n) => n),
          spoilt(v, setting, (n) => n),
        );
        assertClose(`${label}, spoilt behind`, await behind.y.read(), expected(setting, q, k, v), allowed);
        const [late, later] = [spoilt(v, setting, (n) => n - 1), spoilt(k, setting, (n) => n - 2)];
        for (const [what, keys, values] of [
          ["last value", k, late],
          ["last keys", later, v],
        ] as const) {
          const want = marked(expected(setting, q, keys, values));
          assertClose(`${label}, ${what} spoilt`, marked(await (await run(keys, values)).y.read()), want, allowed);
        }
      }
    });
  }
  return { used: own.length };
}

/** The kernels' errors against float64 are at most twice those of the form that stores all scores. */
async function accuracy({ device }: CaseContext): Promise<Record<string, number>> {
  const [heads, capacity, dim] = [2, 300, 32];
  const ratios: Record<string, number> = {};
  const [k, v] = [2, 3].map((seed) => uniform([1, heads, capacity, dim], seed)) as [NdArray, NdArray];
  for (const queries of [1, 5, 24]) {
    const q = uniform([1, heads, queries, dim], 1, -2, 2);
    const want = attention(q, k, v, { causal: true }).y.data;
    for (const kind of adapterKinds) {
      await withProfile(device, kind, async () => {
        using compiled = await compile(device, null, {
          inputs: { q: float32(q.shape), k: float32(k.shape), v: float32(v.shape) },
          fn: ({ q, k, v }) => ({ fast: cachedAttention(q, k, v), naive: naiveAttention(q, k, v, { causal: true }) }),
        });
        const { fast, naive } = await compiled.run({ q: floats(q), k: floats(k), v: floats(v) });
        const error = async (x: Tensor) =>
          ((await x.read()) as Float32Array).reduce(
            (most, e, i) => Math.max(most, Math.abs(e - (want[i] as number))),
            0,
          );
        const ratio = (await error(fast)) / (await error(naive));
        assert(
          ratio <= 2,
          `${kind}, ${queries} queries: error ${ratio} times that of the naive form, expected at most 2`,
        );
        ratios[`${kind} ${queries}`] = Number(ratio.toFixed(2));
      });
    }
  }
  return ratios;
}

export const cachedAttentionCases: readonly Case[] = [
  ...Object.entries(KINDS).map(
    ([name, isOne]): Case => ({
      name: `cached attention, ${name}`,
      run: (context) => decoding(context, settings.filter(isOne)),
    }),
  ),
  { name: "cached attention accuracy", run: accuracy },
];
