import { lstm, type Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import { type LayerParameters, oracle } from "../support/ops.ts";
import { pair } from "../support/pair.ts";
import { quadSizes, quadWays, recurrentWays, wideSizes, wideWays } from "../support/profile.ts";

type Sizes = readonly [steps: number, batch: number, hidden: number];

/** One, odd, around vectors of four, 4 and 8 rows, and tiles of 8, 16, 32 and 64. */
const SIZES: readonly Sizes[] = [
  [1, 1, 1],
  [2, 3, 5],
  [7, 1, 32],
  [7, 3, 33],
  [2, 17, 64],
  [1, 17, 17],
  [7, 17, 5],
  [2, 1, 64],
  [1, 3, 32],
  [7, 1, 1],
  [17, 1, 3],
  [17, 2, 4],
  [1, 8, 30],
  [2, 33, 64],
  [3, 7, 4],
  [2, 9, 64],
  [300, 2, 4], // more than one dispatch of a sequence kernel
];

const weight = (rows: number, columns: number, seed: number): NdArray => {
  const bound = 1 / Math.sqrt(columns);
  return uniform([rows, columns], seed, -bound, bound);
};

type Outputs = "outputs" | "h" | "c";

const recurrence = ([steps, batch, hidden]: Sizes, wanted: readonly Outputs[], reverse = false): Check => ({
  label: `T ${steps} B ${batch} H ${hidden}, ${wanted}${reverse ? ", reverse" : ""}`,
  inputs: [
    uniform([steps, batch, 4 * hidden], 1, -2, 2),
    weight(4 * hidden, hidden, 2),
    uniform([batch, hidden], 3),
    uniform([batch, hidden], 4),
  ],
  f(o, [projected, weightHh, h0, c0]) {
    const result = o.lstm(projected, weightHh, h0, c0, { reverse });
    return wanted.map((name) => result[name]);
  },
  tolerance: tolerance.recurrent(steps, hidden),
  gradients: tolerance.recurrent(steps, 4 * hidden + batch),
  probes: hidden > 16 ? 2 : 8,
});

/** The recurrent bias by itself, which the oracle adds to what is projected. */
const biased = (sizes: Sizes, reverse: boolean): Check => ({
  ...recurrence(sizes, ["outputs", "h", "c"], reverse),
  label: `T ${sizes[0]} B ${sizes[1]} H ${sizes[2]}, bias apart${reverse ? ", reverse" : ""}`,
  inputs: [...recurrence(sizes, []).inputs, uniform([4 * sizes[2]], 5)],
  f: pair(
    ([projected, weightHh, h0, c0, biasHh]) => {
      const [p, w, h, c, b] = [projected, weightHh, h0, c0, biasHh] as [Value, Value, Value, Value, Value];
      const result = lstm(p, w, h, c, { reverse, biasHh: b });
      return [result.outputs, result.h, result.c];
    },
    ([projected, weightHh, h0, c0, biasHh]) => {
      const [w, h, c] = [weightHh, h0, c0] as [NdArray, NdArray, NdArray];
      const result = oracle.lstm(oracle.add(projected as NdArray, biasHh as NdArray), w, h, c, { reverse });
      return [result.outputs, result.h, result.c];
    },
  ),
});

/** Rows of unequal lengths, one without steps; by the oracle each by itself. */
const unequal = (sizes: Sizes, reverse: boolean): Check => {
  const [steps, batch] = sizes;
  const ends = Array.from({ length: batch }, (_, b) => (b % 4 === 1 ? 0 : 1 + ((b * 5 + steps - 1) % steps)));
  return {
    ...recurrence(sizes, ["outputs", "h", "c"], reverse),
    label: `T ${steps} B ${batch} H ${sizes[2]}, lengths${reverse ? ", reverse" : ""}`,
    inputs: [...recurrence(sizes, []).inputs, integers([batch], ends)],
    f: pair(
      ([projected, weightHh, h0, c0, lengths]) => {
        const [p, w, h, c, ends] = [projected, weightHh, h0, c0, lengths] as [Value, Value, Value, Value, Value];
        const result = lstm(p, w, h, c, { reverse, lengths: ends });
        return [result.outputs, result.h, result.c];
      },
      ([projected, weightHh, h0, c0]) => {
        const rows = ends.map((end, b) => {
          const [x, h, c] = [projected, h0, c0].map((each, i) =>
            oracle.slice(each as NdArray, i === 0 ? 1 : 0, b, b + 1),
          );
          const padding = uniform([steps - end, 1, sizes[2]], 0, 0, 0);
          if (end === 0) return [padding, h, c] as NdArray[];
          const row = oracle.slice(x as NdArray, 0, 0, end);
          const result = oracle.lstm(row, weightHh as NdArray, h as NdArray, c as NdArray, { reverse });
          const outputs = end < steps ? oracle.concat([result.outputs, padding], 0) : result.outputs;
          return [outputs, result.h, result.c];
        });
        return [0, 1, 2].map((k) =>
          oracle.concat(
            rows.map((row) => row[k] as NdArray),
            k === 0 ? 1 : 0,
          ),
        );
      },
    ),
  };
};

interface LayerSizes {
  readonly steps: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly layers: number;
  readonly bias?: boolean;
  readonly state?: boolean;
}

function layers({ steps, batch, input, hidden, layers: count, bias = true, state = false }: LayerSizes): Check {
  const perLayer = bias ? 4 : 2;
  const parameters = Array.from({ length: count }, (_, i) => [
    weight(4 * hidden, i === 0 ? input : hidden, 10 + i),
    weight(4 * hidden, hidden, 20 + i),
    ...(bias ? [uniform([4 * hidden], 30 + i), uniform([4 * hidden], 40 + i)] : []),
  ]).flat();
  const states = state ? [uniform([count, batch, hidden], 5), uniform([count, batch, hidden], 6)] : [];
  return {
    label: `L ${count} T ${steps} B ${batch} I ${input} H ${hidden}${bias ? "" : ", no bias"}${state ? ", state" : ""}`,
    inputs: [uniform([batch, steps, input], 1, -2, 2), ...states, ...parameters],
    f<T>(o: Parameters<Check["f"]>[0], [x, ...rest]: readonly unknown[]) {
      const [h0, c0] = state ? (rest.splice(0, 2) as [T, T]) : [];
      const taken = Array.from({ length: count }, (_, i) => rest.slice(i * perLayer, (i + 1) * perLayer));
      const { outputs, h, c } = o.lstmLayers(x, taken as unknown as LayerParameters<unknown>[], h0, c0);
      return [outputs, h, c] as readonly T[];
    },
    tolerance: tolerance.recurrent(count * steps, hidden),
    gradients: tolerance.recurrent(count * steps, 4 * hidden + batch),
    probes: hidden > 16 ? 2 : 6,
  } as Check;
}

export const lstmCases = [
  opCase("lstm recurrence", () => SIZES.map((sizes) => recurrence(sizes, ["outputs", "h", "c"])), recurrentWays),
  opCase(
    "lstm recurrence, reverse",
    () => SIZES.map((sizes) => recurrence(sizes, ["outputs", "h", "c"], true)),
    recurrentWays,
  ),
  opCase(
    "lstm recurrence by quads",
    () =>
      quadSizes.flatMap((sizes) => [false, true].map((reverse) => recurrence(sizes, ["outputs", "h", "c"], reverse))),
    quadWays,
  ),
  opCase(
    "lstm recurrence, wide sequences",
    () => wideSizes.map((sizes) => (sizes[0] === 3 ? unequal(sizes, true) : recurrence(sizes, ["outputs", "h", "c"]))),
    wideWays,
  ),
  opCase(
    "lstm recurrence, bias apart",
    () =>
      (
        [
          [1, 1, 4],
          [2, 3, 5],
          [3, 9, 8],
          [2, 17, 36],
        ] as const
      ).flatMap((sizes) => [biased(sizes, false), biased(sizes, true)]),
    [...recurrentWays, "quads of 8", "naive"],
  ),
  opCase(
    "lstm recurrence, lengths",
    () =>
      (
        [
          [4, 5, 3],
          [3, 9, 36],
          [300, 2, 4],
        ] as const
      ).flatMap((sizes) => [unequal(sizes, false), unequal(sizes, true)]),
    [...recurrentWays, "quads of 8"],
  ),
  opCase("lstm recurrence, some outputs", () => {
    const sizes = [
      [2, 3, 33],
      [1, 3, 4],
    ] as const;
    const choices = [["outputs"], ["h"], ["c"], ["h", "c"], ["outputs", "c"]] as const;
    return sizes.flatMap((each) => choices.map((wanted) => recurrence(each, wanted)));
  }, [...recurrentWays, ...quadWays]),
  opCase("LSTM one layer", () => [
    layers({ steps: 1, batch: 1, input: 1, hidden: 1, layers: 1 }),
    layers({ steps: 7, batch: 3, input: 5, hidden: 5, layers: 1 }),
    layers({ steps: 2, batch: 17, input: 3, hidden: 33, layers: 1, state: true }),
    layers({ steps: 7, batch: 1, input: 65, hidden: 32, layers: 1, bias: false }),
    layers({ steps: 2, batch: 3, input: 4, hidden: 64, layers: 1, state: true, bias: false }),
  ]),
  opCase("LSTM several layers", () => [
    layers({ steps: 2, batch: 3, input: 4, hidden: 5, layers: 2 }),
    layers({ steps: 7, batch: 1, input: 3, hidden: 8, layers: 3, state: true }),
    layers({ steps: 1, batch: 17, input: 5, hidden: 33, layers: 2, state: true }),
    layers({ steps: 3, batch: 2, input: 7, hidden: 32, layers: 3, bias: false }),
  ]),
];
