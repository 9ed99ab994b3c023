import type { Case, CaseContext } from "../../../harness/case.ts";
import { add, argmax, compile, dropout, float32, full, mul, permute, randomUniform, scan } from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { STANDARD_ERRORS } from "../../support/tolerance.ts";
import { assert, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** By the definition: the first of the largest, or the first that is not a number. */
function expected(data: ArrayLike<number>, n: number): number[] {
  return Array.from({ length: data.length / n }, (_, row) => {
    const values = Array.from({ length: n }, (_, i) => data[row * n + i] as number);
    const first = values.findIndex(Number.isNaN);
    return first < 0 ? values.indexOf(Math.max(...values)) : first;
  });
}

/** Few different numbers, so that the largest comes several times. */
const withTies = (rows: number, n: number): Float32Array =>
  Float32Array.from(uniform([rows, n], rows * 7 + n).data, (x) => Math.round(x * 4));

async function sizes({ device }: CaseContext): Promise<void> {
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      for (const [rows, n] of [
        [1, 1],
        [3, 2],
        [65, 5],
        [1, 64],
        [2, 65],
        [8, 130],
        [1, 1000],
      ] as const) {
        const x = withTies(rows, n);
        const nothing = x.slice();
        nothing.fill(Number.NaN, 0, n);
        if (rows > 1) nothing[2 * n - 1] = Number.NaN;
        // the least of all, but for the last one
        const below = Float32Array.from({ length: rows * n }, () => Number.NEGATIVE_INFINITY);
        below[rows * n - 1] = -3.4028234663852886e38;
        using compiled = await compile(device, null, {
          inputs: { x: float32([rows, n]), nothing: float32([rows, n]), below: float32([rows, n]) },
          fn: ({ x, nothing, below }) => ({ x: argmax(x), nothing: argmax(nothing), below: argmax(below, 1) }),
        });
        compiled.replay.poison();
        const found = await compiled.run({ x, nothing, below });
        assertEqual("type", found.x.dtype, "int32");
        assertSame(`${kind} ${rows} × ${n}`, await found.x.read(), expected(x, n));
        assertSame(`${kind} ${rows} × ${n}, not a number`, await found.nothing.read(), expected(nothing, n));
        assertSame(`${kind} ${rows} × ${n}, the least`, await found.below.read(), expected(below, n));
      }
    });
  }
}

/** Along every axis, behind a permutation, and inside a loop as out of it. */
async function places({ device }: CaseContext): Promise<void> {
  const [a, b, c] = [3, 4, 5];
  const x = withTies(a * b, c);
  const at = (i: number, j: number, k: number) => x[(i * b + j) * c + k] as number;
  const along = (extents: readonly [number, number], n: number, value: (p: number, q: number, i: number) => number) =>
    expected(
      Array.from({ length: extents[0] * extents[1] * n }, (_, i) =>
        value(Math.floor(i / n / extents[1]), Math.floor(i / n) % extents[1], i % n),
      ),
      n,
    );
  using compiled = await compile(device, null, {
    inputs: { x: float32([a, b, c]) },
    fn: ({ x }) => {
      const [, inside] = scan(x, full([b, c], 0), (h, step) => {
        const next = add(mul(h, 0), step);
        return [next, { carried: argmax(next), hoisted: argmax(step) }];
      });
      return { all: [argmax(x, 0), argmax(x, 1), argmax(x)], turned: argmax(permute(x, [1, 0, 2])), ...inside };
    },
  });
  compiled.replay.poison();
  const { all, turned, carried, hoisted } = await compiled.run({ x });
  const last = along([a, b], c, at);
  assertSame(
    "axis 0",
    (await all[0]?.read()) ?? [],
    along([b, c], a, (j, k, i) => at(i, j, k)),
  );
  assertSame(
    "axis 1",
    (await all[1]?.read()) ?? [],
    along([a, c], b, (i, k, j) => at(i, j, k)),
  );
  assertSame("axis 2", (await all[2]?.read()) ?? [], last);
  assertSame(
    "permuted",
    await turned.read(),
    along([b, a], c, (j, i, k) => at(i, j, k)),
  );
  assertSame("in the loop", await carried.read(), last);
  assertSame("before the loop", await hoisted.read(), last);
}

async function errors(): Promise<void> {
  await assertRejects("ShapeError", ["argmax", "axis 2"], () => argmax(full([2, 3], 0), 2));
  await assertRejects("DtypeError", ["argmax", "int32"], () => argmax(argmax(full([2, 3], 0))));
  await assertRejects("ShapeError", ["argmax", "reshape"], () => argmax(full([], 0)));
}

/** The same bits as dropout draws, another draw at each run, in a loop as in the whole. */
async function draws({ device }: CaseContext): Promise<void> {
  const [steps, size] = [7, 301];
  const opened = (fn: () => object) => compile(device, null, { inputs: {}, fn, seed: 5, training: true });
  using drawn = await opened(() => ({ u: randomUniform([steps, size]) }));
  using dropped = await opened(() => ({ u: dropout(full([steps, size], 1), 0.3) }));
  const read = async (program: typeof drawn) => {
    program.replay.poison();
    const { u } = (await program.run({})) as { u: { read(): Promise<ArrayLike<number>> } };
    return Array.from(await u.read());
  };
  const [first, second] = [await read(drawn), await read(drawn)];
  const masks = await read(dropped);
  assertSame(
    "mask",
    first.map((u) => Number(u >= 0.3)),
    masks.map((m) => Number(m !== 0)),
  );
  assert(
    first.every((u) => u >= 0 && u < 1),
    "outside [0, 1)",
  );
  const n = first.length;
  const mean = first.reduce((sum, u) => sum + u, 0) / n;
  assert(Math.abs(mean - 0.5) < STANDARD_ERRORS * Math.sqrt(1 / 12 / n), `mean ${mean}`);
  const same = first.filter((u, i) => u === second[i]).length;
  assert(same < n / 100, `${same} of ${n} the same at the next run`);
}

export const argmaxCases: readonly Case[] = [
  { name: "argmax sizes", run: sizes },
  { name: "argmax places", run: places },
  { name: "argmax errors", run: errors },
  { name: "random uniform", run: draws },
];
