/** Elements picked along axes, and their gradients. */
import type { Case } from "../../../harness/case.ts";
import {
  compile,
  float32,
  gradients,
  int32,
  mul,
  sub,
  sum,
  take,
  takeAlongAxis,
  type Value,
} from "../../../src/index.ts";
import { integers, type NdArray, sizeOf, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertRejects, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Args, Ops, Program } from "../support/ops.ts";

/** Indices of an axis of n, negative ones among them, some several times. */
const picks = (shape: readonly number[], n: number): NdArray =>
  integers(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7 + 3) % (2 * n)) - n),
  );

const check = (label: string, inputs: readonly NdArray[], f: Program): Check => ({
  label,
  inputs,
  f,
  tolerance: tolerance.exact,
  gradients: tolerance.reduction(inputs.reduce((most, { data }) => Math.max(most, data.length), 1)),
  probes: 12,
});

type Sizes = readonly [x: readonly number[], indices: readonly number[], axis: number];

const TAKEN: readonly Sizes[] = [
  [[1], [1], 0],
  [[5], [], 0],
  [[5, 3], [2, 3], 0],
  [[5, 3], [7], -1],
  [[2, 63, 3], [5], 1],
  [[3, 2, 65], [2, 2], 1],
  // from here on the gradient is chained by index
  [[257, 8], [65], 0],
  [[2, 65, 9], [129], 1],
];

const ALONG: readonly Sizes[] = [
  [[1], [1], 0],
  [[7], [9], 0],
  [[5, 3], [2, 3], 0],
  [[5, 3], [5, 1], -1],
  [[2, 65, 3], [2, 4, 3], 1],
  // all axes but one broadcast
  [[1, 5, 3], [4, 2, 1], 1],
  [[64, 4], [1, 4], 0],
];

const loops: Check[] = [
  ["x of the step", [[4, 3, 5], [2]]],
  [
    "indices of the step",
    [
      [3, 5],
      [4, 2],
    ],
  ],
  [
    "both of the step",
    [
      [4, 3, 5],
      [4, 2],
    ],
  ],
].flatMap(([label, sizes]) => {
  const [shape, at] = sizes as [number[], number[]];
  const run =
    (along: boolean): Program =>
    <T>(ops: Ops<T>, [own, list, start]: Args<T>) => {
      const stacked = [...(shape.length === 3 ? [own] : []), ...(at.length === 2 ? [list] : [])];
      const [last, outputs] = ops.scan(stacked, [start], ([h], step) => {
        const rest = [...step];
        const from = shape.length === 3 ? (rest.shift() as T) : own;
        const index = at.length === 2 ? (rest.shift() as T) : list;
        const shared = ops.take(from, index, 1);
        const each = along ? ops.takeAlongAxis(from, ops.reshape(index, [1, 2]), 1) : ops.take(from, index, 0);
        const seen = ops.take(ops.tanh(ops.add(from, h)), index, 1);
        return [[ops.tanh(ops.add(h, ops.mean(seen)))], [shared, each, seen]];
      });
      return [...last, ...outputs];
    };
  const inputs = [uniform(shape, 1), picks(at, 3), uniform([1, 1], 2)];
  return [true, false].map((along) => ({
    ...check(`${label as string}${along ? " along an axis" : ""}`, inputs, run(along)),
    tolerance: tolerance.recurrent(4, 8),
    gradients: tolerance.recurrent(8, 64),
  }));
});

const integersAndRanges: Case = {
  name: "take of integers, ranges of indices, fixed order",
  async run({ device }) {
    using compiled = await compile(device, null, {
      inputs: { x: int32([2, 3]), f: float32([40, 8]), at: int32([4]), many: int32([512]) },
      fn: ({ x, f, at, many }) => ({
        shared: take(x, at, 1),
        along: takeAlongAxis(x, take(x, at, 1), 1),
        outside: take(x, sub(at, 100), 1),
        again: (gradients(sum(mul(take(f, many), take(f, many))), [f]) as [Value])[0],
      }),
    });
    compiled.replay.poison();
    const data = { x: Int32Array.of(0, 1, 2, -1, -3, -2), f: Float32Array.from(uniform([40, 8], 1).data) };
    const many = Int32Array.from({ length: 512 }, (_, i) => (i * i) % 40);
    const run = async (at: Int32Array) => compiled.run({ ...data, at, many });
    const first = await run(Int32Array.of(2, 0, -1, -3));
    const results = {
      shared: await first.shared.read(),
      along: await first.along.read(),
      outside: await first.outside.read(),
      again: await first.again.read(),
    };
    assertSame("shared", results.shared, Int32Array.of(2, 0, 2, 0, -2, -1, -2, -1));
    assertSame("along", results.along, Int32Array.of(2, 0, 2, 0, -3, -2, -3, -2));
    assertSame("outside", results.outside, new Int32Array(8));
    const counts = Array.from({ length: 40 }, (_, row) => many.filter((index) => index === row).length);
    const slope = data.f.map((value, i) => 2 * value * (counts[Math.floor(i / 8)] as number));
    assertClose("long list", results.again, slope, tolerance.reduction(64));
    const second = await run(Int32Array.of(2, 0, -1, -3));
    assertSame("the same bits", await second.again.read(), results.again);
    for (const bad of [3, -4]) {
      await assertRejects("DataError", ["take index", `${bad}`, "-3", "2"], () => run(Int32Array.of(0, 0, 0, bad)));
    }
  },
};

export const takeCases: readonly Case[] = [
  opCase("take", () =>
    TAKEN.map(([x, indices, axis]) =>
      check(
        `[${x}] by [${indices}] along ${axis}`,
        [uniform(x, 1), picks(indices, x.at(axis) as number)],
        (o, [a, b]) => o.take(a, b, axis),
      ),
    ),
  ),
  opCase("take along an axis", () =>
    ALONG.map(([x, indices, axis]) =>
      check(
        `[${x}] by [${indices}] along ${axis}`,
        [uniform(x, 1), picks(indices, x.at(axis) as number)],
        (o, [a, b]) => o.takeAlongAxis(a, b, axis),
      ),
    ),
  ),
  opCase("take in a loop", () => loops),
  integersAndRanges,
];
