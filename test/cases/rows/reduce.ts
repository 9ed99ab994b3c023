import type { Case } from "../../../harness/case.ts";
import { broadcastTo, compile, float32, gradients, mean, tanh } from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";

const subsets = (rank: number): number[][] =>
  Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, i) => i).filter((i) => bits & (1 << i)),
  );

function over(shape: readonly number[], axes: readonly number[] | undefined, probes = 24): Check[] {
  const reduced = axes ?? shape.map((_, axis) => axis);
  const terms = reduced.reduce((product, axis) => product * (shape.at(axis) as number), 1);
  const label = `[${shape}] over ${axes ? `[${axes}]` : "all"}`;
  const common = { inputs: [uniform(shape, shape.length)], gradients: tolerance.arithmetic, probes };
  return [
    {
      ...common,
      label: `sum of ${label}`,
      f: (o, [x]) => [o.sum(x, axes), o.sum(x, axes, { keepDims: true })],
      tolerance: tolerance.reduction(terms),
    },
    {
      ...common,
      label: `mean of ${label}`,
      f: (o, [x]) => [o.mean(x, axes), o.mean(x, axes, { keepDims: true })],
      tolerance: tolerance.mean(terms),
    },
  ];
}

const extrema = (shape: readonly number[], axes: readonly number[] | undefined): Check => ({
  label: `max and min of [${shape}] over ${axes ? `[${axes}]` : "all"}`,
  inputs: [uniform(shape, shape.length + 7)],
  f: (o, [x]) => [o.max(x, axes), o.min(x, axes, { keepDims: true })],
  tolerance: tolerance.exact,
  gradients: tolerance.arithmetic,
  probes: 8,
});

export const reduceCases: readonly Case[] = [
  opCase("max and min", () => [
    extrema([1], undefined),
    extrema([7], undefined),
    extrema([2, 3, 4, 5], [1, 3]),
    extrema([3, 65], [1]),
    extrema([129, 3], [0]),
    extrema([2, 127, 5], [-2]),
    extrema([5000], undefined),
  ]),
  opCase("sum and mean over every set of axes", () => subsets(4).flatMap((axes) => over([2, 3, 4, 5], axes, 4))),
  opCase("sum and mean, axes of 1 and negative", () =>
    [
      over([], undefined),
      over([1], undefined),
      over([1, 1, 3], [0, 1]),
      over([5, 1], [1]),
      over([3, 4], [-1]),
      over([3, 4, 5], [-1, 0]),
      over([3, 4, 5], [-2]),
    ].flat(),
  ),
  opCase("sum and mean around a workgroup", () =>
    [63, 64, 65, 127, 128, 129, 257].flatMap((n) =>
      [
        over([n], undefined, 4),
        over([n, 3], [0], 4),
        over([3, n], [1], 4),
        over([2, n, 5], [1], 4),
        over([2, n], [0], 4),
      ].flat(),
    ),
  ),
  opCase("sum and mean in two stages", () =>
    [
      over([4096], undefined, 4),
      over([4097], undefined, 4),
      over([10_007], undefined, 4),
      over([1000, 3], [0], 4),
      over([1001, 64], [0], 4),
      over([3, 700, 2], [1], 4),
      over([5, 301, 7], [0, 1], 4),
      over([5, 301, 7], [0, 2], 4),
      over([7, 600], [1], 4),
      over([70_001], undefined, 2),
    ].flat(),
  ),
  {
    // more workgroups than one dimension of a dispatch holds; on an element that is left out NaN would show
    name: "more elements than one dimension of a dispatch",
    async run({ device }) {
      const size = 65_535 * 64 + 65;
      using compiled = await compile(device, null, {
        inputs: { x: float32([1]) },
        fn({ x }) {
          const y = mean(tanh(broadcastTo(x, [size])));
          return { y, gradient: gradients(y, [x])[0] };
        },
      });
      compiled.replay.poison();
      const { y, gradient } = await compiled.run({ x: Float32Array.of(0.5) });
      const t = Math.tanh(0.5);
      assertClose("mean", await y.read(), [t], tolerance.equalTerms);
      assertClose("gradient", (await gradient?.read()) ?? [], [1 - t * t], tolerance.equalTerms);
    },
  },
];
