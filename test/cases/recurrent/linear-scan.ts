import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  float32,
  full,
  gradients,
  linearScan,
  mul,
  reshape,
  scan,
  slice,
  sum,
  type Value,
} from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import { linearScan as loop } from "../../reference/recurrent/linear-scan.ts";
import { scaled, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, compare } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** Around where time is first cut, a multiple of the chunk and not; the last has chunks of unequal length. */
const LENGTHS = [1, 2, 63, 64, 65, 129, 250];
/** One, odd, vec4 and beside it, more than a workgroup. */
const COLUMNS = [[1], [3], [4], [2, 5], [8], [65], [2, 132]];

function check(length: number, shape: readonly number[], reverse: boolean): Check {
  const inputs = [
    uniform([length, ...shape], length, 0, 1),
    uniform([length, ...shape], length + 1),
    uniform(shape, length + 2),
  ];
  return {
    label: `T ${length} of [${shape}]${reverse ? " reversed" : ""}`,
    inputs,
    f: pair(
      ([a, b, h0]) => linearScan(a, b, h0, { reverse }),
      ([a, b, h0]) => loop(a, b, h0, { reverse }),
    ),
    tolerance: tolerance.reduction(length),
    probes: 4,
  };
}

const sizes = (reverse: boolean) => () =>
  (reverse ? [1, 63, 250] : LENGTHS).flatMap((length) => COLUMNS.map((shape) => check(length, shape, reverse)));

/** Parts of larger tensors: the last one starts where no vec4 may. */
const views = opCase("linearScan of views", () =>
  [0, 4, 1].map((start) => ({
    label: `from element ${start}`,
    inputs: [uniform([start + 70 * 8], 1, 0, 1), uniform([start + 70 * 8], 2), uniform([8], 3)],
    f: pair(
      ([a, b, h0]) => {
        const part = (x: Value) => reshape(slice(x, 0, start), [70, 8]);
        return linearScan(part(a), part(b), h0);
      },
      ([a, b, h0]) => {
        const part = (x: NdArray) => reference.reshape(reference.slice(x, 0, start), [70, 8]);
        return loop(part(a), part(b), h0);
      },
    ),
    tolerance: tolerance.reduction(70),
    probes: 4,
  })),
);

/** Inside a loop over another axis, where it is moved out and done for all steps at once. */
const insideScan = opCase("linearScan inside scan", () => [
  {
    label: "5 steps of T 70 of [2, 4]",
    inputs: [uniform([5, 70, 2, 4], 1, 0, 1), uniform([5, 70, 2, 4], 2), uniform([2, 4], 3), uniform([70, 2, 4], 4)],
    f: pair(
      ([a, b, h0, c]) =>
        scan([a, b] as const, c, (carry, [ai, bi]) => {
          const next = mul(carry, linearScan(ai, bi, h0));
          return [next, next];
        })[1],
      ([a, b, h0, c]) =>
        reference.scan([a, b], [c], ([carry], [ai, bi]) => {
          const next = reference.mul(carry as NdArray, loop(ai as NdArray, bi as NdArray, h0));
          return [[next], [next]];
        })[1],
    ),
    tolerance: tolerance.reduction(5 * 70),
    probes: 4,
  },
]);

const STEPS = 8192;
/** Largest float32 below 1. */
const BELOW_ONE = 1 - 2 ** -24;

/** One column for each way in which gates go to their ends. */
const gateOf: readonly ((t: number, random: number) => number)[] = [
  () => 0,
  () => 1e-30,
  (_, random) => 1e-7 * random,
  () => BELOW_ONE,
  (_, random) => 1 - 1e-3 * random,
  () => 1,
  (t) => t % 2,
  (t, random) => (t % 1000 < 500 ? 1 - 1e-4 * random : 1e-6 * random),
];

/**
 * Long sequences with gates near 0 and near 1: the error stays within twice that of a float32 loop over time. The form
 * with cumulative products, h = A·(h0 + Σ b/A) with A = Π a, leaves float32 on the way.
 */
async function longSequences({ device }: CaseContext): Promise<unknown> {
  const columns = gateOf.length;
  const noise = uniform([STEPS, columns], 1, 0, 1).data;
  const gates = Float32Array.from(noise, (x, i) => gateOf[i % columns]?.(Math.floor(i / columns), x) ?? 0);
  const a = array([STEPS, columns], gates);
  const [b, g] = [uniform([STEPS, columns], 2), uniform([STEPS, columns], 3)];
  const h0 = uniform([columns], 4);
  // dh is the same recurrence backwards, with each gate one step earlier
  const later = array([STEPS, columns], [...gates.slice(columns), ...new Float32Array(columns)]);
  const nothing = uniform([columns], 0, 0, 0);
  const exact = loop(a, b, h0);
  const single = loop(a, b, h0, { round: Math.fround });
  const exactGradient = loop(later, g, nothing, { reverse: true });
  const singleGradient = loop(later, g, nothing, { reverse: true, round: Math.fround });
  assert(!cumulativeForm(a, b, h0).every(Number.isFinite), "cumulative products were expected to leave float32");

  const worst: Record<string, number> = {};
  for (const kind of adapterKinds) {
    const [h, dB, dH0] = await withProfile(device, kind, async () => {
      const spec = float32([STEPS, columns]);
      using compiled = await compile(device, null, {
        inputs: { a: spec, b: spec, g: spec, h0: float32([columns]) },
        fn: ({ a, b, g, h0 }) => {
          const h = linearScan(a, b, h0);
          const [dB, dH0] = gradients(sum(mul(h, g)), [b, h0]);
          return { h, dB: dB as typeof h, dH0: dH0 as typeof h };
        },
      });
      compiled.replay.poison();
      const data = { a: gates, b: toSingle(b), g: toSingle(g), h0: toSingle(h0) };
      const { h, dB, dH0 } = await compiled.run(data);
      return [await h.read(), await dB.read(), await dH0.read()];
    });
    for (let j = 0; j < columns; j++) {
      const column = (x: ArrayLike<number>) => Array.from({ length: STEPS }, (_, t) => x[t * columns + j] as number);
      for (const [name, got, want, plain] of [
        ["h", h, exact, single],
        ["dh", dB, exactGradient, singleGradient],
      ] as const) {
        const what = `${kind} kernels, gates ${j}, ${name}`;
        const right = column(want.data);
        const largest = Math.max(1, ...right.map(Math.abs));
        const allowed = scaled(largest, tolerance.reduction(STEPS));
        const [ours, theirs] = [compare(column(got), right, allowed), compare(column(plain.data), right, allowed)];
        assert(ours.problem === null, `${what}: ${ours.problem}`);
        // the gates of a column are few numbers, so the last bit of one counts: hence the share of the tolerance besides
        assert(ours.used <= 2 * theirs.used + 0.01, `${what}: ${ours.used} of the tolerance, the loop ${theirs.used}`);
        worst[name] = Math.max(worst[name] ?? 0, ours.used);
      }
      const right = (gates[j] as number) * (exactGradient.data[j] as number);
      const allowed = scaled(Math.max(1, Math.abs(right)), tolerance.reduction(STEPS));
      assertClose(`${kind} kernels, gates ${j}, dh0`, [dH0[j] as number], [right], allowed);
    }
  }
  return worst;
}

const toSingle = (x: NdArray): Float32Array => Float32Array.from(x.data);

/** The last states by h = A·(h0 + Σ b/A), in float32. */
function cumulativeForm(a: NdArray, b: NdArray, h0: NdArray): number[] {
  const columns = h0.data.length;
  return Array.from(h0.data, (start, j) => {
    let [product, total] = [1, start];
    for (let t = 0; t < STEPS; t++) {
      product = Math.fround(product * (a.data[t * columns + j] as number));
      total = Math.fround(total + Math.fround((b.data[t * columns + j] as number) / product));
    }
    return Math.fround(product * total);
  });
}

/** However long the sequence: three dispatches forward and three backward; one where there are columns enough. */
async function dispatchCounts({ device }: CaseContext): Promise<void> {
  const counts = async (length: number, columns: number) => {
    const spec = float32([length, columns]);
    using forward = await compile(device, null, {
      inputs: { a: spec, b: spec, h0: float32([columns]) },
      fn: ({ a, b, h0 }) => linearScan(a, b, h0),
    });
    return forward.stats.dispatches;
  };
  await withProfile(device, "hardware", async () => {
    assertEqual("short", await counts(32, 8), 1);
    assertEqual("long", await counts(4096, 8), 3);
    assertEqual("wide", await counts(100, 32_768), 1);
  });
}

const errors: Case = {
  name: "linearScan errors",
  async run() {
    const x = full([4, 3], 0);
    await assertRejects("ShapeError", ["linearScan", "[4, 2]", "expected [time, ...]"], () =>
      linearScan(x, full([4, 2], 0), full([3], 0)),
    );
    await assertRejects("ShapeError", ["h0 [2]"], () => linearScan(x, x, full([2], 0)));
  },
};

export const linearScanCases: readonly Case[] = [
  opCase("linearScan", sizes(false)),
  opCase("linearScan reversed", sizes(true)),
  views,
  insideScan,
  { name: "linearScan of 8192 steps with extreme gates", run: longSequences },
  { name: "linearScan dispatches", run: dispatchCounts },
  errors,
];
