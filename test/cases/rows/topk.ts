/** The largest elements, their places, and indices as vectors. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import { argmax, compile, float32, full, int32, oneHot, squeeze, topk } from "../../../src/index.ts";
import { array, integers, uniform } from "../../reference/array.ts";
import { oneHot as expectedOneHot, topk as expectedTopk } from "../../reference/take.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { opCase } from "../support/check.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** Few different numbers, so that many are equal, and some that are none. */
function withTies(shape: readonly number[]): Float32Array {
  const x = Float32Array.from(uniform(shape, shape.length * 7).data, (value) => Math.round(value * 4));
  for (const [i, value] of [Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY, -0].entries()) {
    if (x.length > 8) x[(x.length >> 2) * i + 1] = value;
  }
  return x;
}

/** NaN is not close to itself. */
const told = (value: number): number => (Number.isNaN(value) ? 1e30 : value);

async function sizes({ device }: CaseContext): Promise<void> {
  const list = [
    [[1, 1], 1, -1],
    [[3, 2], 2, -1],
    [[65, 5], 3, 1],
    [[1, 64], 64, -1],
    [[2, 65], 5, -1],
    [[7, 130], 9, -1],
    [[5, 66], 2, 0],
    [[3, 4, 5], 4, 1],
  ] as const;
  for (const kind of adapterKinds) {
    await withProfile(device, kind, async () => {
      using compiled = await compile(device, null, {
        inputs: list.map(([shape]) => float32(shape)),
        fn: (inputs) => list.map(([, k, axis], i) => topk(inputs[i] as NonNullable<(typeof inputs)[number]>, k, axis)),
      });
      compiled.replay.poison();
      const found = await compiled.run(list.map(([shape]) => withTies(shape)));
      for (const [i, [shape, k, axis]] of list.entries()) {
        const { values, indices } = expectedTopk(array(shape, withTies(shape)), k, axis);
        const own = found[i] as NonNullable<(typeof found)[number]>;
        assertEqual("type", own.indices.dtype, "int32");
        assertEqual("shape", `${own.indices.shape}`, `${indices.shape}`);
        assertSame(`${kind} [${shape}] places`, await own.indices.read(), indices.data);
        assertSame(
          `${kind} [${shape}] values`,
          Array.from(await own.values.read(), told),
          Array.from(values.data, told),
        );
      }
    });
  }
}

async function vectors({ device }: CaseContext): Promise<void> {
  using compiled = await compile(device, null, {
    inputs: { few: int32([1]), many: int32([13, 5]), scores: float32([2, 3]) },
    fn: ({ few, many, scores }) => ({
      few: oneHot(few, 1),
      many: oneHot(many, 7),
      computed: oneHot(argmax(scores), 2),
    }),
  });
  compiled.replay.poison();
  const many = Int32Array.from({ length: 65 }, (_, i) => (i % 8) - 1);
  const found = await compiled.run({ few: [0], many, scores: Float32Array.of(1, 2, 3, 5, 4, 3) });
  assertSame("one class", await found.few.read(), [1]);
  assertSame("many", await found.many.read(), expectedOneHot(integers([13, 5], many), 7).data);
  assertSame("past the classes", await found.computed.read(), [0, 0, 1, 0]);
  await assertRejects("DataError", ["class", "7"], () =>
    compiled.run({ few: [0], many: many.fill(7), scores: new Float32Array(6) }),
  );
}

async function errors(): Promise<void> {
  const x = full([2, 3], 0);
  await assertRejects("ShapeError", ["topk", "k is 4", "3"], () => topk(x, 4));
  await assertRejects("ShapeError", ["topk", "axis 2"], () => topk(x, 1, 2));
  await assertRejects("ShapeError", ["topk", "scalar"], () => topk(full([], 0), 1));
  await assertRejects("DtypeError", ["topk", "int32"], () => topk(argmax(x), 1));
  await assertRejects("DtypeError", ["oneHot", "float32", "int32"], () => oneHot(x, 3));
  await assertRejects("ShapeError", ["squeeze", "axis 1", "extent 3"], () => squeeze(x, 1));
  await assertRejects("ShapeError", ["squeeze", "axis 2"], () => squeeze(x, 2));
}

export const topkCases: readonly Case[] = [
  { name: "topk sizes", run: sizes },
  opCase("topk gradients", () => [
    {
      label: "topk",
      inputs: [uniform([3, 70], 5), uniform([4, 3, 2], 6)],
      f: (o, [x, y]) => [o.topk(x, 4).values, o.topk(y, 2, 0).values],
      tolerance: tolerance.exact,
      gradients: tolerance.arithmetic,
      probes: 40,
    },
    {
      label: "topk inside a loop and moved out of it, squeeze",
      inputs: [uniform([3, 1, 5], 7), uniform([1, 5], 8)],
      f: (o, [x, h]) => {
        const [final, outputs] = o.scan([x], [h], ([h], [step]) => {
          const next = o.mul(o.add(h, step), 0.5);
          return [[next], [o.topk(next, 2).values, o.squeeze(o.topk(step, 2).values)]];
        });
        return [o.squeeze(final[0] as typeof x, 0), ...outputs];
      },
      tolerance: tolerance.arithmetic,
    },
  ]),
  { name: "oneHot", run: vectors },
  { name: "topk errors", run: errors },
];
