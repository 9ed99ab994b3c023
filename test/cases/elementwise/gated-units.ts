import { add, type Gate, glu, scan, type Value } from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";

const GATES: Readonly<Record<Gate, (z: NdArray) => NdArray>> = {
  sigmoid: reference.sigmoid,
  relu: reference.relu,
  gelu: (z) => reference.gelu(z),
  gelu_tanh: (z) => reference.gelu(z, "tanh"),
  silu: reference.silu,
  identity: (z) => z,
};

/** One, odd, around a workgroup of 64. */
const SHAPES = [[2], [6], [3, 2], [5, 26], [2, 3, 42], [1, 128], [1, 130], [63, 2], [65, 2]] as const;

function oracle(x: NdArray, gate: Gate): NdArray {
  const n = (x.shape.at(-1) as number) / 2;
  return reference.mul(reference.slice(x, -1, 0, n), GATES[gate](reference.slice(x, -1, n)));
}

/** No gate near 0, where relu has a kink. */
const away = (x: NdArray): NdArray =>
  array(
    x.shape,
    x.data.map((v) => (Math.abs(v) < 0.02 ? 0.05 : v)),
  );

const units = (Object.keys(GATES) as Gate[]).map((gate) =>
  opCase(`glu ${gate}`, () => [
    ...SHAPES.map(
      (shape): Check => ({
        label: `[${shape}]`,
        inputs: [away(uniform(shape, shape.length + (shape[0] as number), -3, 3))],
        f: pair(
          ([x]) => glu(x, gate),
          ([x]) => oracle(x, gate),
        ),
        tolerance: tolerance.normalCdf,
      }),
    ),
    {
      label: "far from 0",
      inputs: [array([2, 4], [1, -2, 1e4, -1e4, -0.5, 3, 60, -60])],
      f: pair(
        ([x]) => glu(x, gate),
        ([x]) => oracle(x, gate),
      ),
      tolerance: tolerance.extreme(100),
    },
  ]),
);

const insideScan = opCase("glu inside scan", () => [
  {
    label: "of steps and of the carry",
    inputs: [uniform([4, 3, 10], 1), uniform([3, 10], 2)],
    f: pair(
      ([xs, h0]) =>
        scan(xs, h0 as Value, (h, x) => {
          const y = add(glu(x, "silu"), glu(h));
          return [add(h, x), y];
        })[1],
      ([xs, h0]) =>
        reference.scan([xs], [h0 as NdArray], ([h], [x]) => {
          const y = reference.add(oracle(x as NdArray, "silu"), oracle(h as NdArray, "sigmoid"));
          return [[reference.add(h as NdArray, x as NdArray)], [y]];
        })[1],
    ),
    tolerance: tolerance.recurrent(4, 5),
    probes: 8,
  },
]);

export const gatedUnitCases = [...units, insideScan];
