import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  advanceLengths,
  cachePositions,
  cacheReorder,
  cacheSpec,
  cacheWrite,
  compile,
  float32,
  int32,
  mul,
  reshape,
  rope,
  State,
  sinusoidalPositions,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import { rope as ropeOracle } from "../../reference/attention.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

/** Rows written at each sequence's position; everything else stays, and the same in place and as a copy. */
async function writing({ device }: CaseContext): Promise<void> {
  const [batch, heads, capacity, dim, n] = [3, 2, 9, 5, 2];
  const spec = cacheSpec({ batch, kvHeads: heads, capacity, dim });
  const before = uniform(spec.shape, 1);
  const x = uniform([batch, heads, n, dim], 2);
  const positions = [0, 7, 3];
  const wide = spec.shape[3] as number;
  const wantedAt = (by: number) => {
    const want = Float32Array.from(before.data);
    positions.forEach((position, b) => {
      for (let row = 0; row < heads * n; row++) {
        const [h, at] = [Math.floor(row / n), position + by + (row % n)];
        if (at < 0 || at >= capacity) continue;
        for (let d = 0; d < wide; d++) {
          const value = d < dim ? (x.data[(b * heads * n + row) * dim + d] as number) : 0;
          want[((b * heads + h) * capacity + at) * wide + d] = value;
        }
      }
    });
    return want;
  };
  const want = wantedAt(0);
  using state = new State(device, { cache: spec });
  state.write({ cache: floats(before) });
  using written = await compile(device, null, {
    inputs: { cache: spec, x: float32(x.shape), position: int32([batch]) },
    state,
    fn: ({ cache, x, position }, held) => {
      const next = cacheWrite(held.cache, x, position);
      // what is computed is not checked: rows outside the cache are left out
      const at = (by: number) => cacheWrite(cache, x, advanceLengths(position, by));
      return [{ copied: at(0), before: at(-1), far: at(-3), behind: at(1), next }, { cache: next }];
    },
  });
  written.replay.poison();
  const inputs = { cache: floats(before), x: floats(x), position: Int32Array.from(positions) };
  const found = await written.run(inputs);
  assertSame("a copy", await found.copied.read(), want);
  for (const [name, by] of [
    ["before", -1],
    ["far", -3],
    ["behind", 1],
  ] as const) {
    assertSame(`${name} the cache's rows`, await found[name].read(), wantedAt(by));
  }
  assertSame("in place", await found.next.read(), want);
  assertSame("the state", await state.tensors.cache.read(), want);
  await assertRejects("DataError", ["cacheWrite position is 8", "0 to 7", "larger capacity"], () =>
    written.run({ ...inputs, position: Int32Array.of(0, 8, 0) }),
  );
  state.reset();
  assertSame("after reset", await state.tensors.cache.read(), new Float32Array(want.length));

  using alone = await compile(device, null, {
    inputs: { x: float32(x.shape), position: int32([batch]) },
    state,
    fn: ({ x, position }, { cache }) => [{}, { cache: cacheWrite(cache, x, position) }],
  });
  assertEqual("dispatches where nothing is copied", alone.stats.dispatches, 1);
}

async function reordering({ device }: CaseContext): Promise<void> {
  const shape = [4, 2, 5, 8];
  const before = uniform(shape, 1);
  const [parents, lengths] = [
    [1, 1, 0, 3],
    [5, 2, 3, 4],
  ];
  const each = 2 * 5 * 8;
  const want = Float32Array.from(before.data, (own, n) => {
    const [b, t] = [Math.floor(n / each), Math.floor(n / 8) % 5];
    const parent = parents[b] as number;
    return t < (lengths[parent] as number) ? (before.data[n + (parent - b) * each] as number) : own;
  });
  using state = new State(device, { cache: float32(shape), lengths: int32([4]) });
  state.write({ cache: floats(before), lengths });
  using compiled = await compile(device, null, {
    inputs: { parents: int32([4]) },
    state,
    fn: ({ parents }, { cache, lengths }) => {
      const next = cacheReorder(cache, parents, lengths);
      return [{}, { cache: next, lengths: cacheReorder(lengths, parents) }];
    },
  });
  compiled.replay.poison();
  await compiled.run({ parents });
  assertSame("cache", await state.tensors.cache.read(), want);
  assertSame(
    "lengths",
    await state.tensors.lengths.read(),
    parents.map((parent) => lengths[parent] as number),
  );
  await assertRejects("DataError", ["parent sequence is 4", "0 to 3"], () => compiled.run({ parents: [0, 1, 2, 4] }));
}

/** Positions that differ from sequence to sequence. */
async function positions({ device }: CaseContext): Promise<void> {
  // more positions than a workgroup has threads
  const [batch, heads, n, dim] = [3, 2, 22, 6];
  const lengths = [0, 7, 100];
  const x = uniform([batch, heads, n, dim], 1);
  using compiled = await compile(device, null, {
    inputs: { x: float32(x.shape), lengths: int32([batch]) },
    fn: ({ x, lengths }) => ({
      positions: cachePositions(lengths, n),
      advanced: advanceLengths(lengths, n),
      half: rope(x, { offset: lengths }),
      interleaved: rope(x, { offset: lengths, pairs: "interleaved" }),
      sines: sinusoidalPositions(n, dim, { offset: lengths }),
    }),
  });
  compiled.replay.poison();
  const found = await compiled.run({ x: floats(x), lengths });
  const places = lengths.flatMap((length) => [...Array(n).keys()].map((i) => length + i));
  assertSame("positions", await found.positions.read(), places);
  assertSame(
    "advanced",
    await found.advanced.read(),
    lengths.map((length) => length + n),
  );
  const turned = (interleaved: boolean) =>
    lengths.flatMap((offset, b) => {
      const each = heads * n * dim;
      const own = array([heads, n, dim], x.data.slice(b * each, (b + 1) * each));
      return [...ropeOracle(own, { offset, interleaved }).data];
    });
  assertClose("rope", await found.half.read(), turned(false), tolerance.rotation(122));
  assertClose("rope, interleaved", await found.interleaved.read(), turned(true), tolerance.rotation(122));
  const sines = places.flatMap((place) =>
    [...Array(dim).keys()].map((d) => {
      const angle = place / 10_000 ** ((2 * Math.floor(d / 2)) / dim);
      return d % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }),
  );
  assertClose("sines", await found.sines.read(), sines, tolerance.rotation(122));
}

/** Programs that share state, and what is said where it does not fit. */
async function sharing({ device }: CaseContext): Promise<void> {
  const state = new State(device, { sum: float32([3]), last: [float32([3]), int32([2])] });
  assertEqual("bytes", state.bytes, 4 * 12);
  using first = await compile(device, null, {
    inputs: { x: float32([3]) },
    state,
    fn: ({ x }, { sum, last }) => [{ y: mul(sum, 2) }, { sum: add(sum, x), last: [x, last[1]] }],
  });
  using second = await compile(device, null, {
    inputs: {},
    state,
    fn: (_, { sum, last }) => [{ y: add(sum, last[0] as Value) }, { sum: last[0] as Value, last: [sum, last[1]] }],
  });
  first.replay.poison();
  second.replay.poison();
  state.write({ last: [undefined, [7, 8]] });
  await first.run({ x: [1, 2, 3] });
  const { y } = await first.run({ x: [10, 20, 30] });
  assertSame("before the second run", await y.read(), [2, 4, 6]);
  assertSame("sum", await state.tensors.sum.read(), [11, 22, 33]);
  const swapped = await second.run({});
  assertSame("both", await swapped.y.read(), [21, 42, 63]);
  assertSame("swapped", await state.tensors.sum.read(), [10, 20, 30]);
  const [other, kept] = state.tensors.last as [Tensor, Tensor];
  assertSame("the other way", await other.read(), [11, 22, 33]);
  assertSame("kept", await kept.read(), [7, 8]);
  state.write({ sum: other });
  assertSame("from a tensor", await state.tensors.sum.read(), [11, 22, 33]);

  const returning = (next: (values: { sum: Value; last: readonly Value[] }) => unknown) => () =>
    compile(device, null, { inputs: {}, state, fn: (_, values) => [{}, next(values as never) as object] });
  await assertRejects(
    "DataError",
    ["no state last.0", "leaf itself"],
    returning(({ sum }) => ({ sum })),
  );
  await assertRejects(
    "DataError",
    ["state more", "sum, last.0, last.1"],
    returning((all) => ({ ...all, more: all.sum })),
  );
  await assertRejects(
    "ShapeError",
    ["state sum as float32 [1, 3]", "float32 [3]"],
    returning(({ sum, last }) => ({ sum: reshape(sum, [1, 3]), last })),
  );
  await assertRejects(
    "DtypeError",
    ["last.1 as float32"],
    returning(({ sum, last }) => ({ sum, last: [sum, last[0]] })),
  );
  await assertRejects("DataError", ["there is no tensor total", "sum, last.0"], () =>
    state.write({ total: [1] } as never),
  );
  await assertRejects("ShapeError", ["sum", "got 2 numbers"], () => state.write({ sum: new Float32Array(2) }));
  state.dispose();
  await assertRejects("DataError", ["state sum was disposed of"], () => first.run({ x: [1, 2, 3] }));
  await assertRejects("DataError", ["disposed"], () => state.reset());
}

export const cacheCases: readonly Case[] = [
  { name: "cache state", run: sharing },
  { name: "cache writes", run: writing },
  { name: "cache reorder", run: reordering },
  { name: "cache positions", run: positions },
];
