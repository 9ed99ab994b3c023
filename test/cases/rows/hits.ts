// What metrics of classes and weighted means are the sums of.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, int32 } from "../../../src/index.ts";
import { classHits, weightedPairs } from "../../../src/ops/metrics/weighted.ts";
import { uniform } from "../../reference/array.ts";
import { assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const THRESHOLD = 0.25;

/** With a number that nothing else is in the place of what is none, which is not equal to itself. */
const told = (data: ArrayLike<number>): number[] => Array.from(data, (x) => (Number.isNaN(x) ? -12345 : x));

/** By the definition: the first of the largest is said, nothing is known where a score is not a number, and weight 0 hides all. */
function expected(scores: Float32Array, targets: Int32Array, weights: Float32Array | undefined, n: number): number[] {
  const pairs = Array.from(targets, (target, row) => {
    const own = [...scores.subarray(row * n, (row + 1) * n)];
    const said = n === 1 ? Number((own[0] as number) > THRESHOLD) : own.indexOf(Math.max(...own));
    const right = own.some(Number.isNaN) ? Number.NaN : Number(said === target);
    const weight = target < 0 ? 0 : (weights?.[row] ?? 1);
    return [weight === 0 ? 0 : Math.fround(weight * right), weight] as const;
  });
  return [...pairs.map(([weighed]) => weighed), ...pairs.map(([, weight]) => weight)];
}

async function sizes({ device }: CaseContext): Promise<void> {
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      for (const [rows, n] of [
        [1, 1],
        [65, 1],
        [1, 3],
        [66, 5],
        [3, 64],
        [5, 65],
        [4, 130],
      ] as const) {
        // few different numbers, so that the largest comes several times
        const scores = Float32Array.from(uniform([rows, n], rows + n).data, (x) => Math.round(x * 4) / 4);
        const targets = Int32Array.from({ length: rows }, (_, row) => {
          const own = [...scores.subarray(row * n, (row + 1) * n)];
          const right = n === 1 ? Number((own[0] as number) > THRESHOLD) : own.indexOf(Math.max(...own));
          return row % 4 === 2 ? -1 - row : row % 4 === 3 ? (right + 1) % Math.max(2, n) : right;
        });
        const weights = Float32Array.from({ length: rows }, (_, row) => (row % 5 === 3 ? 0 : 0.5 + row));
        if (rows > 3) {
          for (const row of [1, 2, 3]) scores[row * n + (row % n)] = Number.NaN;
          scores[n - 1] = Number.NEGATIVE_INFINITY;
        }
        const x = scores.subarray(0, rows);
        using compiled = await compile(device, null, {
          inputs: { scores: float32([rows, n]), targets: int32([rows]), weights: float32([rows]), x: float32([rows]) },
          fn: ({ scores, targets, weights, x }) => ({
            plain: classHits({ scores, targets }, THRESHOLD),
            weighed: classHits({ scores, targets, weights }, THRESHOLD),
            pairs: weightedPairs(x, weights),
            ones: weightedPairs(x),
          }),
        });
        compiled.replay.poison();
        const found = await compiled.run({ scores, targets, weights, x });
        const name = `${kind} ${rows} × ${n}`;
        const same = (what: string, got: ArrayLike<number>, want: ArrayLike<number>) =>
          assertSame(what, told(got), told(want));
        same(name, await found.plain.read(), expected(scores, targets, undefined, n));
        same(`${name}, weighed`, await found.weighed.read(), expected(scores, targets, weights, n));
        const product = (each: number, i: number) => (weights[i] ? Math.fround((weights[i] as number) * each) : 0);
        same(`${name}, pairs`, await found.pairs.read(), [...Array.from(x, product), ...weights]);
        same(`${name}, ones`, await found.ones.read(), [...x, ...x.map(() => 1)]);
      }
    });
  }
}

export const hitCases: readonly Case[] = [{ name: "class hits and weighted pairs", run: sizes }];
