import type { Case } from "../../../harness/case.ts";
import { compile, float32, matmul } from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { type AdapterKind, combinations, withProfile } from "../support/profile.ts";

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** m, k, n: one, odd, around tiles of 8 to 64 and vectors of 4. */
const SMALL = [
  [1, 1, 1],
  [1, 7, 1],
  [3, 5, 7],
  [4, 4, 4],
  [8, 12, 16],
  [9, 13, 17],
  [1, 33, 65],
  [65, 33, 1],
] as const;
const LARGE = [
  [64, 64, 64],
  [63, 65, 66],
  [65, 63, 129],
  [127, 16, 68],
  [32, 260, 64],
  [1, 257, 128],
] as const;

const flip = <T>(swap: boolean, [a, b]: readonly [T, T]): [T, T] => (swap ? [b, a] : [a, b]);

function product(
  lead: readonly [readonly number[], readonly number[]],
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
  bias = false,
): Check {
  const a = [...lead[0], ...flip(transposeA, [m, k])];
  const b = [...lead[1], ...flip(transposeB, [k, n])];
  const work = m * k * n;
  const batches = Math.max(...lead.map((extents) => extents.reduce((x, y) => x * y, 1)));
  return {
    label: `[${a}]${transposeA ? "ᵀ" : ""} · [${b}]${transposeB ? "ᵀ" : ""}${bias ? " + bias" : ""}`,
    inputs: [uniform(a, 1), uniform(b, 2), ...(bias ? [uniform([n], 3)] : [])],
    f: (o, [x, y, z]) => o.matmul(x, y, { transposeA, transposeB, ...(bias ? { bias: z } : {}) }),
    tolerance: tolerance.matmul(k),
    gradients: tolerance.matmul(Math.max(m * batches, n * batches)),
    probes: work > 10_000 ? 3 : 16,
  };
}

const none = [[], []] as const;

/** m, k, n around the blocks of each way: 1, 8, 16 and 32 rows and columns, vectors of 4. */
const EDGES = [
  [1, 1, 1],
  [3, 5, 7],
  [7, 8, 16],
  [8, 4, 20],
  [9, 13, 17],
  [15, 8, 17],
  [31, 8, 33],
  [32, 16, 32],
  [36, 7, 36],
  [33, 20, 64],
  [65, 33, 31],
  [1, 4, 3],
  [1, 8, 4],
  [1, 4, 36],
  [1, 36, 31],
  [1, 132, 64],
  [1, 8, 100],
] as const;

/** Every shape by one way of the choice of kernels, where it has that way; else by the rule's. */
const wayCase = (way: string): Case =>
  opCase(
    `matmul by ${way}`,
    () => [
      ...TRANSPOSES.flatMap((transposes) => EDGES.map((size) => product(none, size, transposes))),
      ...TRANSPOSES.map((transposes) => product([[2], [2]], [33, 8, 36], transposes, true)),
      ...TRANSPOSES.map((transposes) => product([[3], []], [9, 6, 35], transposes, true)),
      ...TRANSPOSES.map((transposes) => product([[3], [3]], [1, 8, 36], transposes, true)),
      ...TRANSPOSES.map((transposes) => product([[3], []], [1, 4, 7], transposes)),
    ],
    [way],
  );

/** One kernel for all layouts, where each has its own as well. */
const STRIDED_WAYS = ["strided quads", "low strided quads"] as const;
const ALIGNED = [
  [8, 4, 4],
  [36, 8, 36],
  [32, 20, 64],
] as const;

const stridedCase: Case = opCase(
  "matmul by strided quads",
  () => [
    ...TRANSPOSES.flatMap((transposes) => ALIGNED.map((size) => product(none, size, transposes))),
    ...TRANSPOSES.map((transposes) => product([[2], [2]], [36, 8, 36], transposes, true)),
  ],
  STRIDED_WAYS,
);

/** Ways of all kinds of adapters, and the baseline. */
const WAYS = ["row", "blocks", "wide blocks", "quads", "low quads", "tiled", "split"] as const;

/** Error against float64 at most twice the naive kernel's. */
const accuracy: Case = {
  name: "matmul errors",
  async run({ device }) {
    const [m, k, n] = [68, 512, 72];
    const ratios: Record<string, number> = {};
    for (const transposes of TRANSPOSES) {
      const [transposeA, transposeB] = transposes;
      const a = uniform(flip(transposeA, [m, k]), 1);
      const b = uniform(flip(transposeB, [k, n]), 2);
      const turned = (x: NdArray, turn: boolean) => (turn ? reference.transpose(x, 0, 1) : x);
      const want = reference.matmul(turned(a, transposeA), turned(b, transposeB)).data;
      // where the sizes do not have a way, the rule's is taken: what ran before gives the same bits
      const known = new Map<string, number>();
      const errorBy = async (way: string | undefined, kind: AdapterKind): Promise<number> =>
        withProfile(
          device,
          kind,
          async () => {
            using compiled = await compile(device, null, {
              inputs: { a: float32(a.shape), b: float32(b.shape) },
              fn: ({ a, b }) => matmul(a, b, { transposeA, transposeB }),
            });
            const kernels = compiled.describe();
            const before = known.get(kernels);
            if (before !== undefined) return before;
            const y = await compiled.run({ a: Float32Array.from(a.data), b: Float32Array.from(b.data) });
            const got = (await y.read()) as Float32Array;
            const squares = got.reduce((sum, value, i) => sum + (value - (want[i] as number)) ** 2, 0);
            known.set(kernels, Math.sqrt(squares));
            return Math.sqrt(squares);
          },
          way,
        );
      const naive = await errorBy("naive", "software");
      assert(naive > 0, "the naive kernel is exact: the sizes are too small to tell");
      for (const [kind, way] of combinations([...WAYS, ...STRIDED_WAYS])) {
        const ratio = (await errorBy(way, kind)) / naive;
        const name = way ?? `${kind} rule`;
        assert(ratio <= 2, `${name} ${transposes}: error ${ratio} times the naive kernel's, expected at most 2`);
        ratios[name] = Math.max(ratios[name] ?? 0, Number(ratio.toFixed(2)));
      }
    }
    return ratios;
  },
};

export const matmulCases = [
  ...TRANSPOSES.flatMap((transposes) => {
    const name = `matmul ${transposes.map((t) => (t ? "t" : "n")).join("")}`;
    return [
      opCase(`${name} small`, () => SMALL.map((size) => product(none, size, transposes))),
      opCase(`${name} around tiles`, () => LARGE.map((size) => product(none, size, transposes))),
      opCase(`${name} batched`, () =>
        (
          [
            [[3], [3]],
            [[3], []],
            [[], [3]],
            [
              [2, 3],
              [2, 3],
            ],
            [[2, 3], []],
            [[1], [1]],
          ] as const
        ).flatMap((lead) => [product(lead, [5, 9, 7], transposes), product(lead, [17, 8, 12], transposes)]),
      ),
    ];
  }),
  opCase("matmul bias", () => [
    ...TRANSPOSES.map((transposes) => product(none, [9, 13, 17], transposes, true)),
    product(none, [1, 5, 1], [false, false], true),
    product(none, [65, 8, 64], [false, true], true),
    product([[3], []], [5, 9, 7], [false, false], true),
    product([[3], [3]], [5, 9, 8], [false, true], true),
    product([[], [3]], [5, 9, 8], [true, false], true),
    // so long that adapters of hardware split the sum
    product(none, [9, 1030, 17], [false, false], true),
    product([[2], [2]], [5, 517, 8], [false, true], true),
  ]),
  opCase("matmul broadcasts as NumPy", () => [
    ...TRANSPOSES.flatMap((transposes) =>
      (
        [
          [[3, 1], [2]],
          [
            [2, 1, 1],
            [3, 1],
          ],
          [[1], [3]],
          [[3], [1]],
          [[1, 1], [2]],
          [[1], [1, 1]],
        ] as const
      ).map((lead) => product(lead, [5, 3, 4], transposes)),
    ),
    product([[3, 1], [2]], [5, 3, 4], [false, false], true),
    product([[1], [3]], [5, 3, 4], [true, true], true),
    ...(
      [
        [[5], [5], {}],
        [[5], [5, 3], {}],
        [[5], [3, 5], { transposeB: true }],
        [[4, 5], [5], {}],
        [[5, 4], [5], { transposeA: true, transposeB: true }],
        [[5], [2, 5, 3], {}],
        [[2, 3, 4, 5], [5], {}],
        [[1], [1, 1], {}],
      ] as const
    ).map(
      ([a, b, options]): Check => ({
        label: `[${a}] · [${b}] ${JSON.stringify(options)}`,
        inputs: [uniform(a, 1), uniform(b, 2)],
        f: (o, [x, y]) => o.matmul(x, y, options),
        tolerance: tolerance.matmul(5),
        gradients: tolerance.matmul(24),
      }),
    ),
  ]),
  opCase("linear", () =>
    (
      [
        [[5], 3],
        [[1, 5], 3],
        [[65, 32], 33],
        [[2, 3, 5], 64],
        [[2, 2, 2, 8], 4],
      ] as const
    ).flatMap(([shape, out]): Check[] => {
      const into = shape.at(-1) as number;
      const common = { tolerance: tolerance.matmul(into), gradients: tolerance.matmul(65), probes: 8 };
      const inputs = [uniform(shape, 1), uniform([out, into], 2), uniform([out], 3)];
      return [
        { label: `[${shape}] to ${out}`, inputs, f: (o, [x, w, b]) => o.linear(x, w, b), ...common },
        {
          label: `[${shape}] to ${out}, no bias`,
          inputs: inputs.slice(0, 2),
          f: (o, [x, w]) => o.linear(x, w),
          ...common,
        },
      ];
    }),
  ),
  ...[...WAYS, "naive"].map(wayCase),
  stridedCase,
  accuracy,
  opCase("matmul of one value with itself", () => [
    {
      label: "x · xᵀ and xᵀ · x",
      inputs: [uniform([17, 9], 5)],
      f: (o, [x]) => [o.matmul(x, x, { transposeB: true }), o.matmul(x, x, { transposeA: true })],
      tolerance: tolerance.matmul(17),
      gradients: tolerance.matmul(60),
    },
  ]),
];
