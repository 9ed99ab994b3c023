/** Sums of what comes before, along any axis, whole and in chunks, forwards and backwards. */
import type { Case } from "../../../harness/case.ts";
import { argmax, cumsum, full } from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertRejects } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";

const ways = [{}, { exclusive: true }, { reverse: true }, { exclusive: true, reverse: true }] as const;

const along = (shape: readonly number[], axis: number, options: (typeof ways)[number]): Check => ({
  label: `cumsum of [${shape}] along ${axis}, ${JSON.stringify(options)}`,
  inputs: [uniform(shape, shape.length + axis)],
  f: (o, [x]) => o.cumsum(x, axis, options),
  tolerance: tolerance.reduction(shape.at(axis) as number),
  probes: 4,
});

/** One chunk and several, cut evenly or not: 32 summands are the fewest of a chunk. */
const shapes: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1], 0],
  [[7], 0],
  [[65], 0],
  [[1, 130], -1],
  [[3, 257], -1],
  [[5, 3, 2], 0],
  [[3, 65, 5], 1],
  [[2, 3, 4], 1],
  [[2100], 0],
];

async function errors(): Promise<void> {
  await assertRejects("ShapeError", ["cumsum", "axis 2"], () => cumsum(full([2, 3], 0), 2));
  await assertRejects("DtypeError", ["cumsum", "int32"], () => cumsum(argmax(full([2, 3], 0))));
}

export const cumsumCases: readonly Case[] = [
  opCase("cumsum", () => [
    ...shapes.map(([shape, axis], i) => along(shape, axis, ways[i % 4] as (typeof ways)[number])),
    ...ways.map((options) => along([2, 65, 3], 1, options)),
    {
      label: "cumsum inside a loop and moved out of it",
      inputs: [uniform([4, 3, 5], 3), uniform([3, 5], 4)],
      f: (o, [x, h]) => {
        const [final, outputs] = o.scan([x], [h], ([h], [step]) => {
          const next = o.mul(o.add(h, step), 0.5);
          return [[next], [o.cumsum(next, 0, { reverse: true }), o.cumsum(step, 1)]];
        });
        return [...final, ...outputs];
      },
      tolerance: tolerance.reduction(8),
    },
  ]),
  { name: "cumsum errors", run: errors },
];
