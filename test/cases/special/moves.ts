/** What only moves numbers: NaN and infinities arrive as they are, and nothing else does. */
import * as sg from "../../../src/index.ts";
import { unfold } from "../../../src/ops/layout/unfold.ts";
import { takeLast } from "../../../src/ops/recurrent/lengths.ts";
import { array, integers, map, type NdArray, uniform } from "../../reference/array.ts";
import * as layout from "../../reference/layout.ts";
import * as sequences from "../../reference/recurrent/gated.ts";
import { tolerance } from "../../support/tolerance.ts";
import { SPECIALS, type SpecialRow, withNumber } from "./row.ts";

/** A move of float32 numbers by the engine and by the oracle; further operands are integers. */
interface Move {
  readonly label: string;
  readonly inputs: readonly NdArray[];
  readonly f: (x: sg.Value, lengths?: sg.Value) => sg.Value;
  readonly oracle: (...x: NdArray[]) => NdArray;
}

/** The gradient goes back to where each number came from, which a move of the places tells. */
function moveRow({ label, inputs, f, oracle }: Move): SpecialRow {
  const [x, ...rest] = inputs as [NdArray, ...NdArray[]];
  const places = oracle({ ...x, data: x.data.map((_, i) => i + 1) }, ...rest).data;
  const special = SPECIALS.reduce((y, value, i) => withNumber(y, (i * (x.data.length - 1)) >> 1, value), x);
  return {
    label,
    f: ([x, lengths]) => f(x as sg.Value, lengths),
    oracle: (values) => ({
      outputs: [oracle(...(values as [NdArray, ...NdArray[]]))],
      gradients([g]) {
        const data = new Float64Array(x.data.length);
        places.forEach((place, i) => {
          if (place > 0) data[place - 1] = (data[place - 1] as number) + ((g as NdArray).data[i] as number);
        });
        return [{ ...x, data }, ...rest.map(() => null)];
      },
    }),
    tolerance: tolerance.reduction(8),
    fillings: [inputs, [special, ...rest]],
  };
}

const sequence = uniform([4, 3, 8], 1);
const lengths = integers([3], [4, 1, 3]);
const odd = uniform([3, 5, 2], 2);

const windows = { length: 5, count: 3, window: 2, stride: 2, dilation: 2, before: 1 };

/** By the definition of `windows`. */
function unfolded(x: NdArray): NdArray {
  const [batch, length, inner] = x.shape as [number, number, number];
  const shape = [batch, windows.count, windows.window, inner];
  const data = Array.from({ length: batch * 6 * inner }, (_, i) => {
    const [b, t, k] = [Math.floor(i / inner / 6), Math.floor(i / inner / 2) % 3, Math.floor(i / inner) % 2];
    const step = 2 * t + 2 * k - 1;
    return step < 0 || step >= length ? 0 : (x.data[(b * length + step) * inner + (i % inner)] as number);
  });
  return array(shape, data);
}

const moves: readonly Move[] = [
  {
    label: "permute",
    inputs: [odd],
    f: (x) => sg.add(sg.permute(x, [2, 0, 1]), 0),
    oracle: (x) => layout.permute(x, [2, 0, 1]),
  },
  { label: "slice", inputs: [odd], f: (x) => sg.slice(x, 1, 1, 4), oracle: (x) => layout.slice(x, 1, 1, 4) },
  { label: "concat", inputs: [odd], f: (x) => sg.concat([x, x], 1), oracle: (x) => layout.concat([x, x], 1) },
  { label: "stack", inputs: [odd], f: (x) => sg.stack([x, x], 0), oracle: (x) => layout.stack([x, x], 0) },
  { label: "flip", inputs: [odd], f: (x) => sg.flip(x, 1), oracle: (x) => layout.flip(x, 1) },
  {
    label: "vectors",
    inputs: [sequence],
    f: (x) => sg.concat([sg.flip(x, 0), sg.permute(x, [0, 1, 2])], 0),
    oracle: (x) => layout.concat([layout.flip(x, 0), x], 0),
  },
  {
    label: "maskSteps",
    inputs: [sequence, lengths],
    f: (x, lengths) => sg.maskSteps(x, lengths as sg.Value),
    oracle: sequences.maskSteps as Move["oracle"],
  },
  {
    label: "reverseSequence",
    inputs: [sequence, lengths],
    f: sg.reverseSequence,
    oracle: sequences.reverseSequence as Move["oracle"],
  },
  {
    label: "take",
    inputs: [odd, integers([4], [4, 0, 2, 4])],
    f: (x, indices) => sg.take(x, indices as sg.Value, 1),
    oracle: (x, indices) => {
      const parts = [...(indices as NdArray).data].map((index) => layout.slice(x, 1, index, index + 1));
      return layout.concat(parts, 1);
    },
  },
  ...[4, 3].map(
    (inner): Move => ({
      label: `unfold of ${inner}`,
      inputs: [uniform([2, 5, inner], 3)],
      f: (x) => unfold(x, windows),
      oracle: (x) => unfolded(x),
    }),
  ),
  {
    label: "takeAlongAxis",
    inputs: [sequence, integers([4, 3, 1], [7, 0, 3, 1, 1, 2, 4, 5, 6, 7, 0, 1])],
    f: (x, indices) => sg.takeAlongAxis(x, indices as sg.Value, 2),
    oracle: (x, indices) =>
      array(
        [4, 3, 1],
        Array.from((indices as NdArray).data, (index, i) => x.data[i * 8 + index] as number),
      ),
  },
  {
    label: "takeLast",
    inputs: [sequence, lengths],
    // the state before counts for rows without steps alone
    f: (x, lengths) => takeLast(x, lengths as sg.Value, sg.full([3, 8], Number.NaN)),
    oracle: (x, lengths) =>
      array(
        [3, 8],
        Array.from({ length: 24 }, (_, i) => {
          const [b, j] = [Math.floor(i / 8), i % 8];
          return x.data[(((lengths as NdArray).data[b] as number) - 1) * 24 + b * 8 + j] as number;
        }),
      ),
  },
];

/** Numbers that 16 bits hold; what is beyond them is infinite. */
const storage: SpecialRow = {
  label: "toFloat16",
  f: ([x]) => sg.toFloat32(sg.toFloat16(x as sg.Value)),
  oracle: ([x]) => ({
    outputs: [map(x as NdArray, (v) => (Math.abs(v) >= 65520 ? v * Number.POSITIVE_INFINITY : v))],
    gradients: ([g]) => [g as NdArray],
  }),
  tolerance: tolerance.exact,
  fillings: [
    [array([9], [1, 2, -0.5, 0.25, 0, 3, -4, 5, 6])],
    [
      array(
        [9],
        [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 65504, -65504, 1e5, -3e38, 0, Number.NaN],
      ),
    ],
  ],
};

export const moveRows = (): SpecialRow[] => [...moves.map(moveRow), storage];
