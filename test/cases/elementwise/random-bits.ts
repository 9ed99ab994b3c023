/** Which numbers each kernel draws, to the bit: a generator that is wrong still looks random. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  dropout,
  float32,
  nn,
  Parameter,
  randomUniform,
  scaledDotProductAttention,
  scan,
  type Value,
} from "../../../src/index.ts";
import { normalCdf } from "../../reference/elementwise.ts";
import { fractionOf, threefry, type Words } from "../../reference/threefry.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual, assertSame, compare } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** A seed of two words. */
const SEED = 5 * 2 ** 32 + 77;
const WORDS: Words = [77, 5];
const SIZE = 70;
const RATE = 0.4;

/** The test vectors of the authors' Random123. */
const VECTORS: readonly (readonly [counter: Words, key: Words, want: Words])[] = [
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
];

/** Number i of a stream in a step. */
const numberOf = (stream: number, step: number, i: number): number =>
  fractionOf(threefry(threefry(WORDS, [stream, step]), [i, 0])[0]);

const numbers = (stream: number, step: number) => Array.from({ length: SIZE }, (_, i) => numberOf(stream, step, i));

/** Two streams in two steps, then those of a loop, each step of which goes on where the last one ended. */
async function operations({ device }: CaseContext): Promise<void> {
  using compiled = await compile(device, null, {
    inputs: { x: float32([SIZE]) },
    seed: SEED,
    training: true,
    fn: ({ x }) => {
      const [, looped] = scan(x, x, (h: Value) => [dropout(h, RATE), randomUniform([3])]);
      return { drawn: randomUniform([SIZE]), dropped: dropout(x, RATE), looped };
    },
  });
  compiled.replay.poison();
  const x = new Float32Array(SIZE).fill(1);
  for (const step of [0, 1]) {
    const { drawn, dropped, looped } = await compiled.run({ x });
    const [found, kept, inLoop] = [await drawn.read(), await dropped.read(), await looped.read()];
    const streams = [0, 1, 2, 3].filter((stream) => found[0] === numberOf(stream, step, 0));
    assertEqual("streams that begin so", streams.length, 1);
    assertSame("drawn", found, numbers(streams[0] as number, step));
    const masks = [0, 1, 2, 3].map((stream) => numbers(stream, step).map((u) => u >= RATE));
    const pattern = String([...kept].map((y) => y !== 0));
    assertEqual("streams that drop so", masks.filter((mask) => String(mask) === pattern).length, 1);
    const begun = [0, 1, 2, 3].find((stream) => inLoop[0] === numberOf(stream, step, 0)) as number;
    const want = Array.from({ length: 3 * SIZE }, (_, i) => numberOf(begun, step, i));
    assertSame("in a loop", inLoop, want);
  }
}

/** All keys weigh the same, and a column of the result sums the powers of two of those that it has: its bits say which are kept. */
async function attention({ device }: CaseContext): Promise<void> {
  // past a block of 32 queries and keys, by the pipelines of "attention dropout": they take long to compile
  const [heads, n, width] = [2, 48, 24];
  const perColumn = n / width;
  const shape = [1, heads, n, width];
  const q = new Float32Array(heads * n * width);
  const v = q.map((_, i) => {
    const [j, column] = [Math.floor(i / width) % n, i % width];
    return Math.floor(j / perColumn) === column ? 2 ** (j % perColumn) : 0;
  });
  const key = threefry(threefry(WORDS, [0, 0]), [0, 0]);
  const keeps = (row: number, j: number) => fractionOf(threefry(key, [j >> 1, row])[j & 1] as number) >= RATE;
  const want = Array.from(q, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const bits = Array.from({ length: perColumn }, (_, bit) => Number(keeps(row, column * perColumn + bit)) << bit);
    return bits.reduce((a, b) => a + b);
  });
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      using compiled = await compile(device, null, {
        inputs: { q: float32(shape), v: float32(shape) },
        seed: SEED,
        training: true,
        fn: ({ q, v }) => scaledDotProductAttention(q, q, v, { dropout: RATE }),
      });
      compiled.replay.poison();
      const y = await (await compiled.run({ q, v })).read();
      const sums = Array.from(y, (x) => Math.round(x * n * (1 - RATE)));
      assertSame(`${kind}: which weights are kept`, sums, want);
    });
  }
}

/** Parameters that start from numbers between 0 and 1 have the bits themselves; normal ones are made of two, or of one. */
async function initializers({ device }: CaseContext): Promise<void> {
  class Model extends nn.Module {
    readonly first = new Parameter([SIZE], nn.initializers.uniform(0, 1));
    readonly second = new Parameter([SIZE + 1], nn.initializers.uniform(0, 1));
    readonly normal = new Parameter([SIZE], nn.initializers.normal());
    readonly truncated = new Parameter([SIZE], nn.initializers.truncatedNormal());
  }
  const model = new Model();
  using compiled = await compile(device, model, {
    inputs: { x: float32([1]) },
    seed: SEED,
    fn: ({ x }) => ({ x, first: model.first, second: model.second, normal: model.normal, truncated: model.truncated }),
  });
  const found = await compiled.run({ x: [0] });
  const same = (x: number) => x;
  const first = ([u]: Words) => u;
  const normal = ([u, turn]: Words) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * turn);
  // which share of the truncated distribution lies below a number is what was drawn for it
  const shareBelow = (x: number) => (normalCdf(x) - normalCdf(-2)) / (normalCdf(2) - normalCdf(-2));
  const kinds = [
    { name: "first", from: first, of: same, allowed: tolerance.exact },
    { name: "second", from: first, of: same, allowed: tolerance.exact },
    { name: "normal", from: normal, of: same, allowed: tolerance.rotation(7) },
    { name: "truncated", from: first, of: shareBelow, allowed: tolerance.normalCdf },
  ] as const;
  for (const { name, from, of, allowed } of kinds) {
    const got = Array.from(await found[name].read(), of);
    const drawn = (key: Words) => got.map((_, i) => from(threefry(key, [i, 0]).map(fractionOf) as unknown as Words));
    const streams = Array.from({ length: 16 }, (_, stream) => drawn(threefry(WORDS, [stream, 0xffffffff])));
    const own = streams.find((want) => compare(got.slice(0, 1), want.slice(0, 1), allowed).problem === null);
    assertClose(name, got, own ?? [], allowed);
  }
  model.dispose(device);
}

export const randomBitsCases: readonly Case[] = [
  {
    name: "random bits: operations",
    async run(context) {
      for (const [counter, key, want] of VECTORS) assertEqual("vectors", threefry(key, counter), want);
      await operations(context);
    },
  },
  { name: "random bits: attention", run: attention },
  { name: "random bits: initializers", run: initializers },
];
