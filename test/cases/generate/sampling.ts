/** What the GPU draws from logits, beside the host's sampler. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import { TokenSampler } from "../../../src/generate/sampler.ts";
import {
  type Compiled,
  type Device,
  float32,
  type SamplingOptions,
  State,
  sampleToken,
  tokenProbabilities,
  tokenRandom,
} from "../../../src/index.ts";
import { generator } from "../../reference/array.ts";
import { fractionOf, threefry } from "../../reference/threefry.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertEqual, assertSame } from "../support/assert.ts";
import { withProfile } from "../support/profile.ts";

/** Of two words, and of positions that begin somewhere. */
const [SEED, FIRST, ROWS, TURNS] = [3 * 2 ** 32 + 5, 11, 2, 2];
const WAYS = ["serial", "parallel", "naive"] as const;
const { NEGATIVE_INFINITY, POSITIVE_INFINITY, NaN: NAN } = Number;

const SAMPLINGS: readonly SamplingOptions[] = [
  { temperature: 0 },
  { temperature: 1e-50 },
  { temperature: 0.7, repetitionPenalty: 1.4 },
  { topK: 1 },
  { topK: 40 },
  { temperature: 1.3, topP: 0.9 },
  { topK: 300, topP: 0.5, repetitionPenalty: 1.4 },
  { topP: 1e-60, topK: 7 },
];

/** In equal shares, sums of which are exactly p. */
const EDGES: readonly SamplingOptions[] = [
  ...[1, 2, 3, 4].map((topK) => ({ topK })),
  ...[0.25, 0.26, 0.5, 0.75, 1].map((topP) => ({ topP })),
  { topK: 2, topP: 0.5 },
];

interface Job {
  readonly sampling: SamplingOptions;
  readonly seen?: readonly (readonly number[])[];
  readonly turns?: number;
  readonly stopTokens?: readonly number[];
  readonly ends?: readonly number[];
  /** By turn and row. */
  readonly given?: readonly (readonly number[])[];
}

/** A sampler, and a program that puts logits on the GPU. */
async function open(device: Device, rows: number, vocabulary: number) {
  const sampler = await TokenSampler.create(device, rows, vocabulary);
  const source = new State(device, { logits: float32([rows, vocabulary]) });
  (sampler as unknown as { program: Compiled<object, object> }).program.replay.poison();
  return {
    /** What each job drew, [job][turn][row]: one after the other, read at once. */
    async draw(logits: readonly Float32Array[], jobs: readonly Job[]): Promise<number[][][]> {
      source.write({ logits: Float32Array.from(logits.flatMap((row) => [...row])) });
      const none = new Array<number>(rows).fill(-1);
      let slot = 0;
      for (const { sampling, seen, stopTokens = [], ends, turns = TURNS, given = [] } of jobs) {
        const each = { seen: seen ?? none.map(() => []), ends: ends ?? none.map(() => 100) };
        sampler.begin({ sampling, seed: SEED, stopTokens, ...each });
        for (let turn = 0; turn < turns; turn++)
          await sampler.draw(source.tensors.logits, FIRST + turn, slot++, given[turn] ?? none);
      }
      const [tokens, codes] = await Promise.all([sampler.tokens.read(), sampler.read()]);
      const drawn = Array.from({ length: slot }, (_, i) => [...codes.subarray(i * rows, (i + 1) * rows)]);
      const last = (drawn.at(-1) as number[]).map((code) => Math.max(0, code));
      assertSame("tokens", tokens, last);
      return jobs.map(({ turns = TURNS }) => drawn.splice(0, turns));
    },
    dispose() {
      sampler.dispose();
      source.dispose();
    },
  };
}

/** Few different numbers, so that many are equal, and some that cannot come. */
function logitsOf(vocabulary: number, seed: number): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: vocabulary }, (_, i) =>
    i % 7 === 3 ? NEGATIVE_INFINITY : Math.round((4 * random() - 2) * (seed % 2 ? 8 : 1e4)) / (seed % 2 ? 8 : 1e4),
  );
}

/** A token is the host's; or its share of the row ends next to the random number, nearer than rounding can tell. */
function checkDrawn(what: string, drawn: readonly number[][], logits: readonly Float32Array[], job: Job): void {
  const { absolute } = tolerance.reduction(64);
  logits.forEach((numbers, row) => {
    const seen = [...(job.seen?.[row] ?? [])];
    drawn.forEach((tokens, turn) => {
      const number = tokenRandom(SEED, row, FIRST + turn);
      const token = tokens[row] as number;
      const want = sampleToken(numbers, job.sampling, () => number, seen);
      if (token !== want) {
        const shares = tokenProbabilities(numbers, job.sampling, seen);
        const before = shares.subarray(0, token).reduce((sum, share) => sum + share, 0);
        const end = before + (shares[token] as number);
        assert(
          before - absolute <= number && number <= end + absolute,
          `${what}, ${JSON.stringify(job.sampling)}, row ${row}, turn ${turn}: got ${token} of [${before}, ${end}), expected ${want} by ${number}`,
        );
      }
      seen.push(token);
    });
  });
}

async function sizes({ device }: CaseContext): Promise<void> {
  for (const vocabulary of [1, 2, 37, 255, 256, 257, 5000]) {
    const logits = Array.from({ length: ROWS }, (_, row) => logitsOf(vocabulary, vocabulary + row));
    const seen = logits.map((_, row) => [row % vocabulary, vocabulary >> 1]);
    const jobs = SAMPLINGS.map((sampling) => ({ sampling, seen }));
    for (const way of WAYS) {
      // one by one takes long
      if (way === "naive" && vocabulary > 37) continue;
      await withProfile(
        device,
        "software",
        async () => {
          const { draw, dispose } = await open(device, ROWS, vocabulary);
          const found = await draw(logits, jobs);
          for (const [i, job] of jobs.entries()) {
            checkDrawn(`${way} ${vocabulary}`, found[i] as number[][], logits, job);
          }
          dispose();
        },
        way,
      );
    }
  }
}

async function edges({ device }: CaseContext): Promise<void> {
  const logits = Array.from({ length: 12 }, () => new Float32Array(4));
  const jobs = EDGES.map((sampling) => ({ sampling }));
  for (const way of WAYS) {
    await withProfile(
      device,
      "software",
      async () => {
        const { draw, dispose } = await open(device, logits.length, 4);
        const found = await draw(logits, jobs);
        for (const [i, job] of jobs.entries()) {
          const drawn = found[i] as number[][];
          const kept = [...tokenProbabilities(logits[0] as Float32Array, job.sampling)].filter((share) => share > 0);
          const tokens = [0, 1, 2, 3].slice(0, kept.length);
          assertEqual(`${way} ${JSON.stringify(job.sampling)}`, [...new Set(drawn.flat())].sort(), tokens);
          checkDrawn(way, drawn, logits, job);
        }
        dispose();
      },
      way,
    );
  }
}

/** Rows that are given tokens, that end, and whose logits are no numbers. */
async function rows({ device }: CaseContext): Promise<void> {
  const logits = [
    [0, 9, 0],
    [9, 0, 0],
    [0, 0, 9],
    [NAN, 0, 0],
    [0, POSITIVE_INFINITY, NAN],
    [NEGATIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_INFINITY],
    [NEGATIVE_INFINITY, -1e30, NEGATIVE_INFINITY],
  ].map((row) => Float32Array.from(row));
  for (const way of WAYS) {
    await withProfile(
      device,
      "software",
      async () => {
        const { draw, dispose } = await open(device, logits.length, 3);
        const job = {
          turns: 4,
          stopTokens: [2],
          ends: [FIRST + 9, FIRST + 2, ...new Array<number>(5).fill(FIRST + 9)],
          given: [
            [2, -1, 0, -1, -1, -1, -1],
            [2, -1, 1, -1, -1, 1, -1],
          ],
        };
        const jobs = [0, 1e-3].map((temperature) => ({ ...job, sampling: { temperature, repetitionPenalty: 100 } }));
        for (const found of await draw(logits, jobs)) {
          // the penalty makes a token that was drawn the least likely of the positive ones, yet above 0
          assertEqual(way, found, [
            [2, 0, 0, -3, -6, -2, 1],
            [2, 0, 1, 0, 0, 1, 1],
            [1, 0, 2, 0, 0, 1, 1],
            [1, 0, 2, 0, 0, 1, 1],
          ]);
        }
        dispose();
      },
      way,
    );
  }
}

async function numbers(): Promise<void> {
  const words = [5, 3] as const;
  for (const [row, position] of [
    [0, 0],
    [7, 1],
    [1, 123_456],
  ] as const) {
    const [bits] = threefry(threefry(words, [row, 0xfffffffe]), [position, 0]);
    assertEqual("number", tokenRandom(SEED, row, position), fractionOf(bits));
  }
}

export const samplingCases: readonly Case[] = [
  { name: "sampling: tokens of the host's sampler", run: sizes },
  { name: "sampling: edges of what is kept", run: edges },
  { name: "sampling: rows that end, are given tokens, or have no numbers", run: rows },
  { name: "sampling: random numbers", run: numbers },
];
