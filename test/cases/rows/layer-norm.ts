import type { Case, CaseContext } from "../../../harness/case.ts";
import { add, compile, float32, full, layerNorm, nn, permute, rmsNorm, scan, type Value } from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import * as norms from "../../reference/norm.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual, assertRejects } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";

/** Rows of few and many features: one, odd, around a vec4 and a workgroup, more than one round of it. */
const FEATURES = [1, 2, 4, 31, 65, 130];
/** One row, odd, more than a workgroup; the last makes two stages of the weight's gradient. */
const ROWS = [[], [3], [5, 13], [70]];
const AFFINE = ["none", "weight", "both"] as const;

const toleranceOf = (n: number, rows: number): Tolerance =>
  plus(tolerance.softmax(n), plus(tolerance.reduction(rows), tolerance.elementwise));

const inputsOf = (lead: readonly number[], n: number) => [
  uniform([...lead, n], n + lead.length, -2, 2),
  uniform([n], n + 1, 0.5, 1.5),
  uniform([n], n + 2),
];

const EPSILON = 0.1; // large, so that rows of one or two features are no harder than others

const layerNorms = opCase("layerNorm", () =>
  FEATURES.flatMap((n) =>
    ROWS.flatMap((lead) =>
      AFFINE.filter((affine) => affine === "both" || lead.length === 2).map((affine): Check => {
        const parts = affine === "none" ? 1 : affine === "weight" ? 2 : 3;
        return {
          label: `[${[...lead, n]}] ${affine}`,
          inputs: inputsOf(lead, n).slice(0, parts),
          f: pair(
            ([x, weight, bias]) => layerNorm(x, weight as Value | undefined, bias as Value | undefined, EPSILON),
            ([x, weight, bias]) => norms.layerNorm(x, weight, bias, EPSILON),
          ),
          tolerance: toleranceOf(
            n,
            lead.reduce((a, b) => a * b, 1),
          ),
          probes: 3,
        };
      }),
    ),
  ),
);

const rmsNorms = opCase("rmsNorm", () =>
  FEATURES.flatMap((n) =>
    ROWS.flatMap((lead) =>
      (lead.length === 2 ? [1, 2] : [2]).map(
        (parts): Check => ({
          label: `[${[...lead, n]}] ${parts === 1 ? "none" : "weight"}`,
          inputs: inputsOf(lead, n).slice(0, parts),
          f: pair(
            ([x, weight]) => rmsNorm(x, weight as Value | undefined, EPSILON),
            ([x, weight]) => norms.rmsNorm(x, weight, EPSILON),
          ),
          tolerance: toleranceOf(
            n,
            lead.reduce((a, b) => a * b, 1),
          ),
          probes: 3,
        }),
      ),
    ),
  ),
);

/** A bias without a weight, the usual epsilon, rows that were permuted, and a mean far from 0. */
const others = opCase("layerNorm of other forms", () => [
  {
    label: "bias alone",
    inputs: [uniform([7, 12], 1), uniform([12], 2)],
    f: pair(
      ([x, bias]) => layerNorm(x, undefined, bias),
      ([x, bias]) => norms.layerNorm(x, undefined, bias),
    ),
    tolerance: toleranceOf(12, 7),
  },
  {
    label: "permuted",
    inputs: [uniform([3, 5, 12], 1), uniform([12], 2), uniform([12], 3)],
    f: pair(
      ([x, weight, bias]) => layerNorm(permute(x, [1, 0, 2]), weight, bias),
      ([x, weight, bias]) => norms.layerNorm(reference.permute(x, [1, 0, 2]), weight, bias),
    ),
    tolerance: toleranceOf(12, 15),
  },
  {
    // x - 100 keeps 2^-17 of each number, whatever is done then
    label: "mean 100",
    inputs: [
      array(
        [5, 33],
        uniform([5, 33], 1).data.map((x) => Math.fround(100 + 8 * x)),
      ),
    ],
    f: pair(
      ([x]) => layerNorm(x),
      ([x]) => norms.layerNorm(x),
    ),
    tolerance: plus(toleranceOf(33, 5), tolerance.reduction(33)),
  },
]);

/** In a loop: what needs no carry is moved out, and the weight's gradients are summed in one go. */
const insideScan = opCase("layerNorm inside scan", () => [
  ...[layerNorm, rmsNorm].map((f): Check => {
    const rms = f === (rmsNorm as unknown);
    return {
      label: rms ? "rms" : "layer",
      inputs: [uniform([6, 3, 8], 1, -2, 2), uniform([3, 8], 2), uniform([8], 3, 0.5, 1.5), uniform([8], 4)],
      f: pair(
        ([xs, h0, weight, bias]) => {
          const norm = (x: Value) => (rms ? rmsNorm(x, weight, EPSILON) : layerNorm(x, weight, bias, EPSILON));
          return scan(xs, h0, (h, x) => {
            const next = norm(add(norm(x), h));
            return [next, next];
          })[1];
        },
        ([xs, h0, weight, bias]) => {
          const norm = (x: NdArray) =>
            rms ? norms.rmsNorm(x, weight, EPSILON) : norms.layerNorm(x, weight, bias, EPSILON);
          return reference.scan([xs], [h0], ([h], [x]) => {
            const next = norm(reference.add(norm(x as NdArray), h as NdArray));
            return [[next], [next]];
          })[1];
        },
      ),
      tolerance: tolerance.recurrent(6, 8),
      probes: 6,
    };
  }),
]);

/** Neighbouring axes at the end, apart, in front, all of them; the oracle's weights are given axes of 1. */
const overAxes = opCase("layerNorm and rmsNorm over several axes", () =>
  [[1, 2], [-1, 0], [0, 1], [1], [0, 1, 2]].map((axes): Check => {
    const shape = [3, 5, 4];
    const has = (axis: number) => axes.some((each) => (each + 3) % 3 === axis);
    const extents = shape.filter((_, axis) => has(axis));
    const kept = shape.map((extent, axis) => (has(axis) ? extent : 1));
    const size = extents.reduce((a, b) => a * b, 1);
    const given = { epsilon: EPSILON, axes };
    return {
      label: `axes ${axes}`,
      inputs: [uniform(shape, 1, -2, 2), uniform(extents, 2, 0.5, 1.5), uniform(extents, 3)],
      f: pair(
        ([x, weight, bias]) => [layerNorm(x, weight, bias, given), rmsNorm(x, weight, given)],
        ([x, ...rest]) => {
          const [weight, bias] = rest.map((value) => reference.reshape(value as NdArray, kept));
          return [norms.layerNorm(x, weight, bias, EPSILON, axes), norms.rmsNorm(x, weight, EPSILON, axes)];
        },
      ),
      tolerance: toleranceOf(size, 60 / size),
      gradients: toleranceOf(size, 60),
    };
  }),
);

async function modules({ device }: CaseContext): Promise<void> {
  const x = uniform([2, 3, 20], 1);
  const layer = new nn.LayerNorm(20);
  const root = new nn.RMSNorm(20, { epsilon: 1e-6 });
  const wide = new nn.LayerNorm([3, 20]);
  const shapesOf = (module: nn.Module) => [...module.namedParameters()].map(([name, { shape }]) => [name, ...shape]);
  assertEqual("LayerNorm", shapesOf(layer), [
    ["weight", 20],
    ["bias", 20],
  ]);
  assertEqual("RMSNorm", shapesOf(root), [["weight", 20]]);
  assertEqual("over two axes", shapesOf(wide), [
    ["weight", 3, 20],
    ["bias", 3, 20],
  ]);
  assertEqual("without parameters", shapesOf(new nn.LayerNorm(20, { affine: false })), []);
  assertEqual("without bias", shapesOf(new nn.LayerNorm(20, { bias: false })), [["weight", 20]]);
  using compiled = await compile(
    device,
    { layer, root, wide },
    {
      inputs: { x: float32([2, 3, 20]) },
      fn: ({ x }) => ({ layer: layer.forward(x), root: root.forward(x), wide: wide.forward(x) }),
    },
  );
  compiled.replay.poison();
  const found = await compiled.run({ x: Float32Array.from(x.data) });
  assertClose("LayerNorm", await found.layer.read(), norms.layerNorm(x).data, toleranceOf(20, 6));
  const overTwo = norms.layerNorm(x, undefined, undefined, 1e-5, [1, 2]);
  assertClose("over two axes", await found.wide.read(), overTwo.data, toleranceOf(60, 2));
  assertClose("RMSNorm", await found.root.read(), norms.rmsNorm(x, undefined, 1e-6).data, toleranceOf(20, 6));
}

const errors: Case = {
  name: "layerNorm errors",
  async run() {
    const x = full([4, 3], 0);
    await assertRejects("ShapeError", ["layerNorm", "weight", "[4]", "[3]"], () => layerNorm(x, full([4], 1)));
    await assertRejects("ShapeError", ["layerNorm", "bias", "[2]"], () => layerNorm(x, full([3], 1), full([2], 1)));
    await assertRejects("ShapeError", ["rmsNorm", "scalar"], () => rmsNorm(full([], 0)));
    await assertRejects("ArgumentError", ["epsilon"], () => rmsNorm(x, undefined, -1));
    await assertRejects("ArgumentError", ["eps", "epsilon"], () =>
      layerNorm(x, undefined, undefined, { eps: 1 } as never),
    );
    await assertRejects("ShapeError", ["layerNorm", "axis 2"], () =>
      layerNorm(x, undefined, undefined, { axes: [0, 2] }),
    );
    await assertRejects("ShapeError", ["rmsNorm", "axes"], () => rmsNorm(x, undefined, { axes: [] }));
    await assertRejects("ShapeError", ["weight", "[3]", "[4, 3]"], () => rmsNorm(x, full([3], 1), { axes: [0, 1] }));
    await assertRejects("ShapeError", ["LayerNorm", "[..., 4, 5]"], () => new nn.LayerNorm([4, 5]).forward(x));
    await assertRejects("ShapeError", ["LayerNorm", "[..., 5]"], () => new nn.LayerNorm(5).forward(x));
    await assertRejects("ShapeError", ["RMSNorm", "features"], () => new nn.RMSNorm(0));
  },
};

export const layerNormCases: readonly Case[] = [
  layerNorms,
  rmsNorms,
  others,
  insideScan,
  overAxes,
  { name: "norm modules", run: modules },
  errors,
];
