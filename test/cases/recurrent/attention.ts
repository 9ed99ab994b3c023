import type { Case, CaseContext } from "../../../harness/case.ts";
import { add, compile, float32, full, gradients, int32, mul, nn, scan, sum, type Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { recurrentAttention, type Score } from "../../reference/recurrent/seq2seq.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assert, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";
import { numbersFor, replaceNested } from "../support/replace.ts";

const SCORES: readonly Score[] = ["bahdanau", "dot", "general", "concat"];

interface Setting {
  /** [batch, queries, source, querySize, keySize, hidden]; without several queries, 0. */
  readonly sizes: readonly [number, number, number, number, number, number];
  readonly lengths?: readonly number[];
}

/** One of everything; odd; around the 64 threads of a workgroup in every extent; a length of 0. */
const SETTINGS: readonly Setting[] = [
  { sizes: [1, 0, 1, 1, 1, 1] },
  { sizes: [3, 0, 5, 4, 4, 7], lengths: [5, 0, 2] },
  { sizes: [2, 0, 65, 7, 7, 3], lengths: [64, 1] },
  { sizes: [2, 0, 64, 63, 63, 65] },
  { sizes: [1, 0, 130, 5, 5, 4], lengths: [129] },
  { sizes: [65, 0, 3, 2, 2, 2] },
  { sizes: [3, 4, 6, 5, 5, 6], lengths: [6, 4, 0] },
  { sizes: [2, 1, 3, 66, 66, 9] },
];

function moduleOf(score: Score, querySize: number, keySize: number, hidden: number) {
  if (score === "bahdanau") return new nn.AdditiveAttention(querySize, keySize, hidden);
  return new nn.LuongAttention(querySize, keySize, { score, hidden });
}

function toleranceOf({ sizes: [batch, queries, source, querySize, keySize, hidden] }: Setting): Tolerance {
  const inner = plus(tolerance.matmul(Math.max(querySize, keySize, hidden)), tolerance.softmax(source));
  return plus(inner, plus(tolerance.reduction(batch * Math.max(1, queries) * source), tolerance.elementwise));
}

function checkOf(score: Score, setting: Setting): Check {
  const [batch, queries, source, width, key, hidden] = setting.sizes;
  // all but dot take keys of another size
  const keySize = score === "dot" ? key : key + 1;
  const parameters = numbersFor(moduleOf(score, width, keySize, hidden));
  const names = [...parameters.keys()];
  const lengths = setting.lengths ? [integers([batch], setting.lengths)] : [];
  return {
    label: `${score} ${JSON.stringify(setting)}`,
    inputs: [
      uniform(queries ? [batch, queries, width] : [batch, width], 1),
      uniform([batch, source, keySize], 2),
      ...parameters.values(),
      ...lengths,
    ],
    f: pair(
      ([query, memory, ...rest]) => {
        const module = moduleOf(score, width, keySize, hidden);
        replaceNested(module, rest as Value[]);
        const options = lengths.length ? { lengths: rest.at(-1) as Value } : {};
        const { context, weights } = module.forward(query as Value, memory as Value, options);
        return [context, weights];
      },
      ([query, memory, ...rest]) => {
        const named = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
        const q = query as NdArray;
        const several = { ...q, shape: [batch, queries || 1, width] };
        const own = lengths.length ? (rest.at(-1) as NdArray) : undefined;
        const { context, weights } = recurrentAttention(score, several, memory as NdArray, named, own);
        if (queries) return [context, weights];
        return [context, weights].map((x) => ({ ...x, shape: [batch, x.shape[2] as number] }));
      },
    ),
    tolerance: toleranceOf(setting),
    probes: 2,
  };
}

const formulas = SCORES.map((score) =>
  opCase(`recurrent attention ${score}`, () => SETTINGS.map((setting) => checkOf(score, setting))),
);

/** What stands in the padding, a row of length 0 among it, changes no bit of results and gradients. */
async function padding({ device }: CaseContext): Promise<void> {
  const [batch, source, size] = [3, 6, 5];
  const lengths = Int32Array.of(6, 0, 2);
  const memory = Float32Array.from(uniform([batch, source, size], 1).data);
  const dirty = memory.map((x, i) => {
    const [b, s] = [Math.floor(i / size / source), Math.floor(i / size) % source];
    return s < (lengths[b] as number) ? x : i % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
  });
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      for (const score of SCORES) {
        const module = moduleOf(score, size, size, 4);
        using compiled = await compile(device, module, {
          inputs: { q: float32([batch, size]), memory: float32([batch, source, size]), lengths: int32([batch]) },
          fn: ({ q, memory, lengths }) => {
            const { context, weights } = module.forward(q, memory, { lengths });
            const sources = [q, memory, ...module.parameters()];
            return {
              context,
              weights,
              slopes: gradients(add(sum(mul(context, context)), sum(mul(weights, weights))), sources),
            };
          },
        });
        const q = Float32Array.from(uniform([batch, size], 2).data);
        const read = async (x: Float32Array) => {
          compiled.replay.poison();
          const { context, weights, slopes } = await compiled.run({ q, memory: x, lengths });
          const all = [context, weights, ...slopes].map((tensor) => tensor?.read() ?? []);
          return (await Promise.all(all)).map((data) => Array.from(data));
        };
        const [clean, other] = [await read(memory), await read(dirty)];
        clean.forEach((want, i) => {
          assert(want.every(Number.isFinite), `${score} ${i} is not finite`);
          assertSame(`${kind} ${score} ${i}`, other[i] as number[], want);
        });
        const empty = (clean[1] as number[]).slice(source, 2 * source);
        assertSame("weights of nothing", empty, new Float32Array(source));
      }
    });
  }
}

/** What is seen and is not a number comes out as NaN, of its own sequence alone; values apart from the keys are what is averaged. */
async function special({ device }: CaseContext): Promise<void> {
  const [batch, source, size, width] = [3, 5, 4, 2];
  const lengths = Int32Array.of(5, 3, 4);
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      for (const score of SCORES) {
        const module = moduleOf(score, size, size, 6);
        using compiled = await compile(device, module, {
          inputs: {
            q: float32([batch, 2, size]),
            keys: float32([batch, source, size]),
            values: float32([batch, source, width]),
            lengths: int32([batch]),
          },
          fn: ({ q, keys, values, lengths }) => {
            const { context, weights } = module.forward(q, keys, { values, lengths });
            const slopes = gradients(sum(mul(context, context)), [q, keys, values]);
            return {
              context,
              weights,
              slopes,
              alike: module.forward(q, keys, { values: keys, lengths }).context,
              plain: module.forward(q, keys, { lengths }).context,
            };
          },
        });
        const inputs = {
          q: Float32Array.from(uniform([batch, 2, size], 1).data),
          keys: Float32Array.from(uniform([batch, source, size], 2).data),
          values: Float32Array.from(uniform([batch, source, width], 3).data),
        };
        const read = async (given: typeof inputs) => {
          compiled.replay.poison();
          const { context, weights, slopes } = await compiled.run({ ...given, lengths });
          return Promise.all([weights, context, ...slopes].map(async (x) => Array.from((await x?.read()) ?? [])));
        };
        const found = await compiled.run({ ...inputs, lengths });
        assertSame(`${score} values`, await found.alike.read(), await found.plain.read());
        const [weights, context] = (await read(inputs)) as [number[], number[]];
        context.forEach((x, n) => {
          const [row, d] = [Math.floor(n / width), n % width];
          const b = Math.floor(row / 2);
          let want = 0;
          for (let s = 0; s < source; s++) {
            want += (weights[row * source + s] as number) * (inputs.values[(b * source + s) * width + d] as number);
          }
          assert(Math.abs(x - want) < 1e-5, `${score} context ${n}: ${x}, expected ${want}`);
        });
        // of sequence 1: one key that is seen, all of the values behind its length; of sequence 2 one value
        const keys = inputs.keys.map((x, n) => (n === (source + 2) * size ? Number.NaN : x));
        const values = inputs.values.map((x, n) => {
          const [b, s] = [Math.floor(n / source / width), Math.floor(n / width) % source];
          return (b === 1 && s >= 3) || (b === 2 && s === 0 && n % width === 0) ? Number.NaN : x;
        });
        const isNaNOf = (x: readonly number[], each: number) => {
          const per = x.length / each;
          return Array.from({ length: each }, (_, b) => {
            const own = x.slice(b * per, (b + 1) * per);
            return own.every(Number.isNaN) ? "all" : own.some(Number.isNaN) ? "some" : "none";
          }).join(" ");
        };
        const [w, c, dQ, dKeys, dValues] = (await read({ ...inputs, keys, values })) as number[][];
        const label = `${kind} ${score}`;
        assertEqual(`${label} weights`, isNaNOf(w as number[], batch), "none some none");
        assertEqual(`${label} context`, isNaNOf(c as number[], batch), "none all some");
        assertEqual(`${label} query's gradient`, isNaNOf(dQ as number[], batch), "none all all");
        assertEqual(
          `${label} keys' gradient`,
          isNaNOf(dKeys as number[], batch * source),
          [...Array(5).fill("none"), ...Array(3).fill("all"), "none", "none", ...Array(4).fill("all"), "none"].join(
            " ",
          ),
        );
        assertEqual(
          `${label} values' gradient`,
          isNaNOf(dValues as number[], batch * source),
          [...Array(5).fill("none"), ...Array(3).fill("all"), "none", "none", ...Array(4).fill("some"), "none"].join(
            " ",
          ),
        );
      }
    });
  }
}

/** Inside a loop a step is one dispatch; where the loop does not carry the query, all steps are one. */
async function dispatches({ device }: CaseContext): Promise<void> {
  const [steps, batch, source, size] = [5, 2, 4, 6];
  for (const carried of [true, false]) {
    const module = new nn.AdditiveAttention(size, size, 3);
    using compiled = await compile(device, module, {
      inputs: { xs: float32([steps, batch, size]), memory: float32([batch, source, size]) },
      fn: ({ xs, memory }) => {
        const prepared = module.prepare(memory);
        const [, contexts] = scan(xs, full([batch, size], 0), (h, x) => {
          const query = carried ? add(h, x) : x;
          const { context } = module.forward(query, prepared);
          return [carried ? context : add(h, x), context];
        });
        return {
          loss: sum(contexts),
          slopes: gradients(sum(mul(contexts, contexts)), [memory, xs, ...module.parameters()]),
        };
      },
    });
    const counts = new Map(
      [...compiled.describe().matchAll(/^ +(recurrent_attention\w+)(?: \(\w+\))? +(\d+)/gm)].map(([, name, count]) => [
        name,
        Number(count),
      ]),
    );
    const forward = [...counts].filter(([name]) => name?.endsWith("forward")).reduce((n, [, count]) => n + count, 0);
    assertEqual(`forward dispatches, carried ${carried}`, forward, carried ? steps : 1);
    assertEqual(
      "dispatches of the query's gradient",
      counts.get("recurrent_attention_query_backward"),
      carried ? steps : 1,
    );
  }
}

async function errors({ device }: CaseContext): Promise<void> {
  const x = (...shape: number[]) => full(shape, 0);
  const module = new nn.LuongAttention(4, 6);
  const go = (query: Value, memory: Value, lengths?: Value) => () => module.forward(query, memory, { lengths });
  await assertRejects("ArgumentError", ["cosine", "general"], () => {
    new nn.LuongAttention(4, 4, { score: "cosine" as never });
  });
  await assertRejects("ShapeError", ["querySize 4", "keySize 6", "general"], () => {
    new nn.LuongAttention(4, 6, { score: "dot" });
  });
  await assertRejects("ShapeError", ["AdditiveAttention", "hidden"], () => new nn.AdditiveAttention(4, 6, 0));
  await assertRejects("ShapeError", ["memory", "[batch, source, 6]"], go(x(2, 4), x(2, 5, 4)));
  await assertRejects("ShapeError", ["query", "[2, 4]"], go(x(3, 4), x(2, 5, 6)));
  await assertRejects("ShapeError", ["query", "several queries [2, time, 4]"], go(x(2, 7, 6), x(2, 5, 6)));
  await assertRejects("DtypeError", ["lengths", "int32"], go(x(2, 4), x(2, 5, 6), x(2)));
  const prepared = module.prepare(x(2, 5, 6));
  for (const options of [{ lengths: x(2) }, { values: x(2, 5, 3) }]) {
    const [name = ""] = Object.keys(options);
    await assertRejects("ArgumentError", [name, "give them to prepare"], () => {
      module.forward(x(2, 4), prepared, options);
    });
  }
  using compiled = await compile(device, module, {
    inputs: { memory: float32([2, 5, 6]), lengths: int32([2]) },
    fn: ({ memory, lengths }) => module.forward(x(2, 4), memory, { lengths }),
  });
  await assertRejects("DataError", ["length", "6"], () =>
    compiled.run({ memory: new Float32Array(60), lengths: Int32Array.of(5, 6) }),
  );
  const short = new nn.LuongAttention(4, 6);
  await assertRejects("ShapeError", ["lengths", "[2]"], () =>
    compile(device, short, {
      inputs: { lengths: int32([3]) },
      fn: ({ lengths }) => short.forward(x(2, 4), x(2, 5, 6), { lengths }),
    }),
  );
}

export const recurrentAttentionCases: readonly Case[] = [
  ...formulas,
  { name: "recurrent attention padding", run: padding },
  { name: "recurrent attention of special numbers", run: special },
  { name: "recurrent attention dispatches", run: dispatches },
  { name: "recurrent attention errors", run: errors },
];
