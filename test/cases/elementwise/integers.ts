/** Arithmetic, comparison and conversion of int32. */
import type { Case } from "../../../harness/case.ts";
import {
  add,
  cast,
  compile,
  div,
  equal,
  float32,
  greater,
  int32,
  lessEqual,
  maximum,
  minimum,
  mul,
  reshape,
  scan,
  select,
  sub,
  type Value,
} from "../../../src/index.ts";
import { assertSame } from "../support/assert.ts";

const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];
const NUMBERS = [0, 1, -1, 7, -7, 2 ** 24 + 1, -65_537, MOST, LEAST];

const functions: readonly (readonly [(a: Value, b: Value) => Value, (a: number, b: number) => number])[] = [
  [add, (a, b) => (a + b) | 0],
  [sub, (a, b) => (a - b) | 0],
  [mul, (a, b) => Math.imul(a, b)],
  [div, (a, b) => (b === 0 ? 0 : (a / b) | 0)],
  [maximum, (a, b) => Math.max(a, b)],
  [minimum, (a, b) => Math.min(a, b)],
];
const comparisons: typeof functions = [
  [equal, (a, b) => Number(a === b)],
  [greater, (a, b) => Number(a > b)],
  [lessEqual, (a, b) => Number(a <= b)],
];

const arithmetic: Case = {
  name: "int32 arithmetic and comparison",
  async run({ device }) {
    const n = NUMBERS.length;
    const pairs = NUMBERS.flatMap((a) => NUMBERS.map((b) => [a, b] as const));
    const all = [...functions, ...comparisons];
    using compiled = await compile(device, null, {
      inputs: { a: int32([n]), b: int32([n]), whole: int32([n, n]) },
      fn: ({ a, b, whole }) => ({
        // a column with a row, equal shapes, and numbers on either side
        broadcast: all.map(([ours]) => ours(reshape(a, [n, 1]), b)),
        equalShapes: all.map(([ours]) => ours(whole, whole)),
        numbers: [add(a, 5), sub(3, a), mul(a, -2), div(a, 2), div(100, a), maximum(a, 3), minimum(-1, a)],
        compared: [equal(a, 7), greater(2, a)],
        chosen: select(greater(reshape(a, [n, 1]), 0), b, -1),
        // hoisted, and what depends on the carry by a comparison
        loop: scan(whole, cast(mul(a, 0), "float32"), (h, row) => {
          const next = add(h, lessEqual(row, cast(h, "int32")));
          return [next, mul(row, b)];
        }),
      }),
    });
    compiled.replay.poison();
    const a = Int32Array.from(NUMBERS);
    const whole = Int32Array.from(pairs, ([x]) => x);
    const { broadcast, equalShapes, numbers, compared, chosen, loop } = await compiled.run({ a, b: a, whole });
    for (const [i, [, want]] of all.entries()) {
      const found = broadcast[i] as (typeof broadcast)[number];
      const inIntegers = i < functions.length;
      const array = (values: readonly number[]) => (inIntegers ? Int32Array.from(values) : Float32Array.from(values));
      assertSame(`function ${i}`, await found.read(), array(pairs.map(([x, y]) => want(x, y))));
      const same = await (equalShapes[i] as typeof found).read();
      assertSame(`function ${i} of equals`, same, array(pairs.map(([x]) => want(x, x))));
    }
    const byNumbers: ((x: number) => number)[] = [
      (x) => (x + 5) | 0,
      (x) => (3 - x) | 0,
      (x) => Math.imul(x, -2),
      (x) => Math.trunc(x / 2),
      (x) => (x === 0 ? 0 : Math.trunc(100 / x)),
      (x) => Math.max(x, 3),
      (x) => Math.min(x, -1),
    ];
    for (const [i, want] of byNumbers.entries()) {
      assertSame(`with a number ${i}`, (await numbers[i]?.read()) ?? [], Int32Array.from(NUMBERS, want));
    }
    assertSame(
      "equal 7",
      (await compared[0]?.read()) ?? [],
      Float32Array.from(NUMBERS, (x) => Number(x === 7)),
    );
    assertSame(
      "2 > a",
      (await compared[1]?.read()) ?? [],
      Float32Array.from(NUMBERS, (x) => Number(2 > x)),
    );
    assertSame(
      "select",
      await chosen.read(),
      Int32Array.from(pairs, ([x, y]) => (x > 0 ? y : -1)),
    );
    const [h, products] = loop;
    assertSame(
      "loop",
      await products.read(),
      Int32Array.from(pairs, ([x, y]) => Math.imul(x, y)),
    );
    let state = 0;
    for (const x of NUMBERS) state += Number(x <= state);
    assertSame("carry", await h.read(), new Float32Array(n).fill(state));
  },
};

const conversion: Case = {
  name: "cast between int32, float32 and float16",
  async run({ device }) {
    const floats = Float32Array.of(
      ...[0, -0, 0.99, -0.99, 1.5, -2.5, 2 ** 24 + 2, 2147483520, 2 ** 31, -(2 ** 31), -(2 ** 31) - 256],
      ...[3e38, -3e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e-40],
    );
    const wanted = Int32Array.of(
      ...[0, 0, 0, 0, 1, -2, 2 ** 24 + 2, 2147483520, MOST, LEAST, LEAST],
      ...[MOST, LEAST, MOST, LEAST, 0, 0],
    );
    const ints = Int32Array.of(...NUMBERS, 2 ** 24 + 3, 3);
    using compiled = await compile(device, null, {
      inputs: { f: float32([floats.length]), i: int32([ints.length]) },
      fn: ({ f, i }) => ({
        toInt: cast(f, "int32"),
        toFloat: cast(i, "float32"),
        half: cast(cast(minimum(maximum(i, -7), 7), "float16"), "int32"),
        truth: cast(greater(i, 0), "int32"),
      }),
    });
    compiled.replay.poison();
    const { toInt, toFloat, half, truth } = await compiled.run({ f: floats, i: ints });
    assertSame("to int32", await toInt.read(), wanted);
    assertSame("to float32", await toFloat.read(), Float32Array.from(ints));
    assertSame(
      "by float16",
      await half.read(),
      ints.map((x) => Math.max(Math.min(x, 7), -7)),
    );
    assertSame(
      "of a comparison",
      await truth.read(),
      ints.map((x) => Number(x > 0)),
    );
  },
};

/** No two axes are stretched alike side by side, so that all six count; past a workgroup. */
const sixAxes: Case = {
  name: "int32 of six axes",
  async run({ device }) {
    const shapes = [
      [2, 1, 3, 1, 2, 1],
      [1, 2, 1, 3, 1, 2],
    ] as const;
    using compiled = await compile(device, null, {
      inputs: { a: int32(shapes[0]), b: int32(shapes[1]) },
      fn: ({ a, b }) => ({ left: sub(mul(a, 100), b), right: sub(b, mul(a, 100)) }),
    });
    compiled.replay.poison();
    const numbers = Int32Array.from({ length: 12 }, (_, i) => i + 1);
    const { left, right } = await compiled.run({ a: numbers, b: numbers });
    const want = Int32Array.from({ length: 144 }, (_, i) => {
      const place = (stride: number, extent: number) => Math.floor(i / stride) % extent;
      const [i0, i1, i2] = [place(72, 2), place(36, 2), place(12, 3)];
      const [i3, i4, i5] = [place(4, 3), place(2, 2), place(1, 2)];
      return 100 * (1 + (i0 * 3 + i2) * 2 + i4) - (1 + (i1 * 3 + i3) * 2 + i5);
    });
    assertSame("a − b", await left.read(), want);
    assertSame(
      "b − a",
      await right.read(),
      want.map((x) => -x),
    );
  },
};

export const integerCases: readonly Case[] = [arithmetic, conversion, sixAxes];
