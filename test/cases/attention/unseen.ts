/** What is hidden has no influence, whatever stands there; what is seen and is not a number comes out as that. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  type Device,
  float32,
  gradients,
  int32,
  mul,
  naiveAttention,
  scaledDotProductAttention,
  sum,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { array, integers, type NdArray, uniform } from "../../reference/array.ts";
import { type AttentionOptions, attentionGradients } from "../../reference/attention.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { compare } from "../support/assert.ts";
import { combinations, withProfile } from "../support/profile.ts";

/** [batch, heads, kvHeads, queries, keys, dim, valueDim]. */
type Sizes = readonly [number, number, number, number, number, number, number];

interface Setting {
  readonly sizes: Sizes;
  readonly causal?: boolean | "upper-left";
  readonly alibi?: boolean;
  readonly softcap?: number;
  readonly lengths?: readonly number[];
  readonly mask?: readonly [number, number];
  readonly bias?: readonly [number, number];
  readonly ways?: readonly string[];
}

/** Every way to hide, over one tile and several, groups of heads, rows that see nothing; the last fit matrix products. */
const SETTINGS: readonly Setting[] = [
  { sizes: [3, 4, 2, 7, 21, 8, 8], lengths: [21, 0, 4] },
  { sizes: [2, 2, 1, 37, 41, 16, 24], causal: true, alibi: true, softcap: 2 },
  { sizes: [2, 2, 2, 19, 9, 8, 8], causal: true },
  { sizes: [1, 2, 2, 9, 38, 8, 8], causal: "upper-left" },
  { sizes: [2, 2, 2, 10, 35, 8, 8], mask: [2, 1], causal: true },
  { sizes: [2, 2, 1, 6, 13, 8, 8], bias: [1, 2], lengths: [13, 9] },
  { sizes: [1, 1, 1, 134, 136, 8, 12], causal: true, ways: ["products"] },
  { sizes: [3, 3, 3, 9, 12, 8, 8], causal: true, ways: ["products"] },
  { sizes: [1, 1, 1, 20, 12, 8, 8], causal: "upper-left", ways: ["products"] },
];

/** Which of the tensors get what is not finite, and what. */
const ROUNDS: readonly (readonly [into: string, value: number])[] = [
  ["v", Number.NaN],
  ["k", Number.NaN],
  ["q", Number.NaN],
  ["g", Number.NaN],
  ["kv", Number.POSITIVE_INFINITY],
  ["qg", Number.NEGATIVE_INFINITY],
];

/** One feature of some rows: the last of each sequence and head, which others do not see, one further in, and the first. */
function spoilt(x: NdArray, name: string, [into, value]: readonly [string, number]): NdArray {
  if (!into.includes(name)) return x;
  const [, , length, dim] = x.shape as [number, number, number, number];
  const data = x.data.slice();
  for (let head = 0; head < data.length / dim / length; head++) {
    if (head % 2 === 0) data[((head + 1) * length - 1) * dim + (head % dim)] = value;
    if (head % 4 === 3) data[head * length * dim + (head % dim)] = value;
    if (head % 3 === 1) data[(head * length + Math.floor(length / 2)) * dim + ((head + 3) % dim)] = value;
  }
  // all of a row of one
  if (data.length === length * dim) data.fill(value, Math.floor(length / 3) * dim, (Math.floor(length / 3) + 1) * dim);
  return array(x.shape, data);
}

/** −∞, and large negative numbers, beside what counts; the first row sees nothing. */
function biasOf(shape: readonly number[]): NdArray {
  const { data } = uniform(shape, 4);
  const keys = shape.at(-1) as number;
  const hide = (i: number) => (i % 2 ? Number.NEGATIVE_INFINITY : -1e35);
  return array(
    shape,
    data.map((x, i) => (i < keys || i % 5 === 3 ? hide(i) : x)),
  );
}

/** The first row sees nothing, the last one the first or the last key alone, which may be the one that is not finite. */
function maskOf(shape: readonly number[]): NdArray {
  const [queries, keys] = shape.slice(-2) as [number, number];
  const { data } = uniform(shape, 9, 0, 1);
  return array(
    shape,
    data.map((x, i) => {
      const [mask, query, key] = [Math.floor(i / keys / queries), Math.floor(i / keys) % queries, i % keys];
      if (query === queries - 1) return key === (mask % 2 === 0 ? keys - 1 : 0) ? 1 : 0;
      return i < keys || x < 0.4 ? 0 : 1;
    }),
  );
}

/** NaN as a number that nothing else is near, so that it equals itself. */
const marked = (x: ArrayLike<number>): number[] => Array.from(x, (e) => (Number.isNaN(e) ? 12_345 : e));

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

function dataOf({ sizes: [batch, heads, kvHeads, queries, keys, dim, valueDim], lengths, mask, bias }: Setting) {
  return {
    tensors: {
      q: uniform([batch, heads, queries, dim], 1),
      k: uniform([batch, kvHeads, keys, dim], 2),
      v: uniform([batch, kvHeads, keys, valueDim], 3),
      g: uniform([batch, heads, queries, valueDim], 5),
    },
    options: {
      ...(mask && { mask: maskOf([...mask, queries, keys]) }),
      ...(bias && { bias: biasOf([...bias, queries, keys]) }),
      ...(lengths && { lengths: integers([batch], lengths) }),
    } as { readonly [name: string]: NdArray },
  };
}

const fixedOf = ({ causal, alibi, softcap }: Setting) => ({
  ...(causal && { causal }),
  ...(alibi && { alibi }),
  ...(softcap && { softcap }),
});

type Inputs = Record<string, Value>;

function trace(setting: Setting, { q, k, v, g, ...options }: Inputs, withNaive: boolean) {
  const given = [q, k, v] as [Value, Value, Value];
  const of = (form: typeof scaledDotProductAttention) => {
    const y = form(...given, { ...fixedOf(setting), ...options });
    const sources = options.bias ? [...given, options.bias] : given;
    const [dQ, dK, dV, dBias] = gradients(sum(mul(y, g as Value)), sources);
    return { y, dQ, dK, dV, ...(dBias && { dBias }) } as Inputs;
  };
  return { fused: of(scaledDotProductAttention), ...(withNaive && { naive: of(naiveAttention) }) };
}

interface Round {
  readonly label: string;
  readonly finite: boolean;
  readonly inputs: Readonly<Record<string, Float32Array | Int32Array>>;
  readonly want: ReturnType<typeof attentionGradients>;
}

function roundsOf(setting: Setting): Round[] {
  const { tensors, options } = dataOf(setting);
  return ROUNDS.map((round) => {
    const own = Object.entries(tensors).map(([name, x]) => [name, spoilt(x, name, round)] as const);
    const { q, k, v, g } = Object.fromEntries(own) as { [Name in "q" | "k" | "v" | "g"]: NdArray };
    const oracle = { ...fixedOf(setting), ...options } as AttentionOptions;
    const data = [...own, ...Object.entries(options)].map(([name, x]) => [
      name,
      name === "lengths" ? Int32Array.from(x.data) : floats(x),
    ]);
    return {
      label: `${round}`,
      finite: Number.isNaN(round[1]),
      inputs: Object.fromEntries(data),
      want: attentionGradients(q, k, v, g, oracle),
    };
  });
}

async function check(
  device: Device,
  setting: Setting,
  rounds: readonly Round[],
  withNaive: boolean,
): Promise<string[]> {
  const { tensors, options } = dataOf(setting);
  const [, , , queries, keys, dim, valueDim] = setting.sizes;
  const specs = Object.entries({ ...tensors, ...options }).map(([name, { shape }]) => [
    name,
    name === "lengths" ? int32(shape) : float32(shape),
  ]);
  using compiled = await compile(device, null, {
    inputs: Object.fromEntries(specs),
    fn: (inputs) => trace(setting, inputs as Inputs, withNaive),
  });
  const single = plus(tolerance.softmax(queries * keys), tolerance.matmul(Math.max(dim, valueDim)));
  const problems: string[] = [];
  for (const { label, finite, inputs, want } of rounds) {
    compiled.replay.poison();
    const found = (await compiled.run(inputs)) as Record<string, Record<string, Tensor>>;
    for (const [form, results] of Object.entries(found)) {
      // softmax's gradient leaves out a weight that is 0: infinity times it is not seen there
      if (form === "naive" && !finite) continue;
      for (const [name, tensor] of Object.entries(results)) {
        const expected = name === "dBias" ? want.dBias : want[name as "y" | "dQ" | "dK" | "dV"].data;
        const { problem } = compare(marked(await tensor.read()), marked(expected), plus(single, single));
        if (problem) problems.push(`${form} ${label} ${name}: ${problem}`);
      }
    }
  }
  return problems;
}

async function unseen({ device }: CaseContext, setting: Setting): Promise<void> {
  const problems: string[] = [];
  const rounds = roundsOf(setting);
  for (const [kind, way] of combinations(setting.ways ?? ["registers", "tiled", "combined"])) {
    const naive = kind === "software" && way === "registers";
    const found = await withProfile(device, kind, () => check(device, setting, rounds, naive), way);
    problems.push(...found.map((problem) => `${kind} ${way}: ${problem}`));
  }
  if (problems.length > 0) throw new Error(problems.slice(0, 12).join("\n"));
}

export const attentionUnseenCases: readonly Case[] = SETTINGS.map((setting) => {
  const { sizes, ways, ...hiding } = setting;
  const how = Object.entries(hiding).map(([name, value]) => `${name} ${value}`);
  return {
    name: `attention unseen: [${sizes}] ${how.join(", ")}${ways ? ` by ${ways}` : ""}`,
    run: (context) => unseen(context, setting),
  };
});
