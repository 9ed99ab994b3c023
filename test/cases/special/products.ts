/** Matrix products, embeddings and linear recurrences: sums of products, where 0 · NaN is NaN and nothing past an edge counts. */
import * as sg from "../../../src/index.ts";
import { minimalGates } from "../../../src/ops/recurrent/minimal-gates.ts";
import { array, halves, integers, map, type NdArray, uniform, zip } from "../../reference/array.ts";
import { add, mul, sigmoid } from "../../reference/elementwise.ts";
import { concat, reshape, slice, transpose } from "../../reference/layout.ts";
import { embedding, matmul } from "../../reference/matmul.ts";
import { linearScan } from "../../reference/recurrent/linear-scan.ts";
import { sum } from "../../reference/reduce.ts";
import { tolerance } from "../../support/tolerance.ts";
import { SPECIALS, type SpecialRow, withNumber } from "./row.ts";

/** Operands with a number replaced. */
const put = (inputs: readonly NdArray[], which: number, index: number, value: number): readonly NdArray[] =>
  inputs.map((x, i) => (i === which ? withNumber(x, index < 0 ? index + x.data.length : index, value) : x));

interface Product {
  /** m, k, n. */
  readonly size: readonly [number, number, number];
  readonly batch?: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly bias?: boolean;
  /** b is stored in 16 bits. */
  readonly float16?: boolean;
}

function productRow(product: Product): SpecialRow {
  const {
    size: [m, k, n],
    batch,
    transposeA = false,
    transposeB = false,
    bias = false,
    float16 = false,
  } = product;
  const lead = batch === undefined ? [] : [batch];
  const whole = uniform([...lead, ...(transposeA ? [k, m] : [m, k])], 1);
  // zeros, of which the product with NaN is NaN
  const a = { ...whole, data: whole.data.map((x, i) => (i % 3 === 0 ? 0 : x)) };
  const shape = [...lead, ...(transposeB ? [n, k] : [k, n])];
  const b = float16 ? halves(shape, 2) : uniform(shape, 2);
  const inputs = [a, b, ...(bias ? [uniform([n], 3)] : [])];
  const middle = (x: NdArray) => x.data.length >> 1;
  return {
    label: `matmul ${JSON.stringify(product)}`,
    f: ([a, b, c]) =>
      sg.matmul(a as sg.Value, float16 ? sg.toFloat16(b as sg.Value) : (b as sg.Value), {
        transposeA,
        transposeB,
        ...(c ? { bias: c } : {}),
      }),
    oracle([left, right, c]) {
      const [x, y] = [left as NdArray, right as NdArray];
      return {
        outputs: [matmul(x, y, { transposeA, transposeB, ...(c ? { bias: c } : {}) })],
        gradients([g]) {
          const dOutput = g as NdArray;
          const dA = matmul(dOutput, y, { transposeB: !transposeB });
          const dB = matmul(x, dOutput, { transposeA: !transposeA });
          const rows = reshape(dOutput, [-1, n]);
          return [transposeA ? transpose(dA) : dA, transposeB ? transpose(dB) : dB, ...(c ? [sum(rows, 0)] : [])];
        },
      };
    },
    tolerance: tolerance.matmul(Math.max(m, k, n) * (batch ?? 1)),
    fillings: [
      inputs,
      put(put(inputs, 0, 0, Number.NaN), 0, -1, Number.NaN),
      put(bias ? put(inputs, 2, -1, Number.NaN) : inputs, 0, middle(a), Number.POSITIVE_INFINITY),
      put(put(inputs, 1, middle(b), Number.NaN), 1, 0, Number.NEGATIVE_INFINITY),
      put(inputs, 1, -1, Number.NaN),
    ],
  };
}

/** Each layout in the kernels for any size and those for whole vectors, around their blocks and tiles; one row; batches. */
export const productRows = (): SpecialRow[] =>
  (
    [
      ...[false, true].flatMap((transposeA) =>
        [false, true].flatMap((transposeB) => [
          { size: [5, 7, 6] as const, transposeA, transposeB },
          { size: [20, 16, 36] as const, transposeA, transposeB, bias: true },
        ]),
      ),
      { size: [1, 20, 36], transposeB: true },
      { size: [1, 20, 36] },
      { size: [65, 12, 68], bias: true },
      { size: [9, 12, 16], float16: true },
      { size: [9, 12, 16], float16: true, transposeB: true },
      { size: [1, 12, 16], float16: true },
      { size: [1, 12, 16], float16: true, transposeB: true },
      { size: [5, 9, 6], batch: 3 },
      // a sum that is long enough to be split
      { size: [4, 1030, 8], bias: true },
    ] satisfies Product[]
  ).map(productRow);

/** The table's rows, with an index that comes several times and one that is padding. */
function embeddingRow(entries: number, width: number, count = 6, float16 = false): SpecialRow {
  const indices = integers([count], [1, 0, 1, -1, entries - 1, ...new Array<number>(count - 5).fill(1)]);
  const table = float16 ? halves([entries, width], 3) : uniform([entries, width], 3);
  return {
    label: `embedding [${entries}, ${width}]${float16 ? " of 16 bits" : ""}`,
    f: ([indices, table]) =>
      sg.embedding(indices as sg.Value, float16 ? sg.toFloat16(table as sg.Value) : (table as sg.Value)),
    oracle: ([indices, table]) => ({
      outputs: [embedding(indices as NdArray, table as NdArray)],
      gradients([g]) {
        const data = new Float64Array(entries * width);
        (indices as NdArray).data.forEach((index, i) => {
          for (let j = 0; j < width && index >= 0; j++) {
            const at = index * width + j;
            data[at] = (data[at] as number) + ((g as NdArray).data[i * width + j] as number);
          }
        });
        return [null, array([entries, width], data)];
      },
    }),
    tolerance: tolerance.reduction(count),
    fillings: [
      [indices, table],
      SPECIALS.reduce((inputs, value, j) => put(inputs, 1, width + j, value), [indices, table] as readonly NdArray[]),
    ],
  };
}

export const embeddingRows = (): SpecialRow[] => [
  embeddingRow(5, 3),
  embeddingRow(5, 8),
  embeddingRow(5, 8, 6, true),
  // so many entries and positions that these are chained
  embeddingRow(900, 3, 400),
  embeddingRow(900, 8, 600),
];

/** The way back: dh_t = g_t + a_{t+1} · dh_{t+1}. */
function scanGradients([a, b, h0]: readonly [NdArray, NdArray, NdArray], g: NdArray, reverse: boolean): NdArray[] {
  const length = a.shape[0] as number;
  const columns = h0.data.length;
  const h = linearScan(a, b, h0, { reverse });
  const [dA, dB, dH] = [new Float64Array(a.data.length), new Float64Array(a.data.length), new Float64Array(columns)];
  for (let step = length - 1; step >= 0; step--) {
    const at = (s: number) => (reverse ? length - 1 - s : s) * columns;
    for (let j = 0; j < columns; j++) {
      const d = (g.data[at(step) + j] as number) + (dH[j] as number);
      dA[at(step) + j] = d * ((step > 0 ? h.data[at(step - 1) + j] : h0.data[j]) as number);
      dB[at(step) + j] = d;
      dH[j] = d * (a.data[at(step) + j] as number);
    }
  }
  return [array(a.shape, dA), array(b.shape, dB), array(h0.shape, dH)];
}

function scanRow(length: number, columns: number, reverse: boolean): SpecialRow {
  const inputs = [uniform([length, columns], 1, 0.5, 1), uniform([length, columns], 2), uniform([columns], 3)];
  return {
    label: `linearScan [${length}, ${columns}]${reverse ? " reversed" : ""}`,
    f: ([a, b, h0]) => sg.linearScan(a as sg.Value, b as sg.Value, h0 as sg.Value, { reverse }),
    oracle([a, b, h0]) {
      const operands = [a as NdArray, b as NdArray, h0 as NdArray] as const;
      return {
        outputs: [linearScan(...operands, { reverse })],
        gradients: ([g]) => scanGradients(operands, g as NdArray, reverse),
      };
    },
    tolerance: tolerance.reduction(length),
    // an infinite factor times the 0 that a chunk starts from is NaN where the loop has ∞: factors are finite or NaN
    fillings: [
      inputs,
      put(inputs, 0, 0, Number.NaN),
      put(put(inputs, 0, -1, Number.NaN), 0, (length * columns) >> 1, Number.NaN),
      put(inputs, 1, 1, Number.NaN),
      put(put(inputs, 1, 0, Number.POSITIVE_INFINITY), 1, (length * columns) >> 1, Number.NEGATIVE_INFINITY),
      put(put(inputs, 2, 0, Number.NaN), 2, -1, Number.NEGATIVE_INFINITY),
    ],
  };
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoidOf = (x: number) => sigmoid(array([], [x])).data[0] as number;
const CANDIDATES = {
  g: {
    value: (x: number) => (x >= 0 ? x + 0.5 : sigmoidOf(x)),
    slope: (x: number) => (x >= 0 ? 1 : sigmoidOf(x) * (1 - sigmoidOf(x))),
  },
  identity: { value: (x: number) => x, slope: () => 1 },
  tanh: { value: Math.tanh, slope: (x: number) => 1 - Math.tanh(x) ** 2 },
} as const;

/** Every element by itself: all specials at once, in the gates and in the candidate. */
function gatesRow(cell: "gru" | "lstm", activation: keyof typeof CANDIDATES, batchFirst: boolean): SpecialRow {
  const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, -1, 2];
  const gates = cell === "gru" ? 2 : 3;
  const [length, batch, hidden] = [6, 6, gates === 2 ? 1 : 6];
  const filling = (numbers: readonly number[]): NdArray => {
    const rows = Array.from({ length: length * batch }, (_, i) =>
      Array.from({ length: gates * hidden }, (_, j) => {
        const digits = [i % 6, Math.floor(i / 6), j % hidden];
        return numbers[(digits[Math.floor(j / hidden)] as number) % numbers.length] as number;
      }),
    );
    return array([length, batch, gates * hidden], rows.flat());
  };
  const { value, slope } = CANDIDATES[activation];
  return {
    label: `minimal gates ${cell} ${activation}${batchFirst ? " batch first" : ""}`,
    f([x]) {
      const projected = batchFirst ? sg.permute(sg.permute(x as sg.Value, [1, 0, 2]), [1, 0, 2]) : (x as sg.Value);
      const { a, b } = minimalGates(projected, cell, activation);
      return [a, b];
    },
    oracle([x]) {
      const part = (k: number) => slice(x as NdArray, 2, k * hidden, (k + 1) * hidden);
      const negative = (y: NdArray) => map(y, (v) => -v);
      const soft = (y: NdArray) => map(negative(y), softplus);
      const logit = cell === "gru" ? negative(part(0)) : zip(soft(part(1)), soft(part(0)), (p, q) => p - q);
      const [keep, take] = [map(logit, sigmoidOf), map(logit, (v) => sigmoidOf(-v))];
      const candidate = part(gates - 1);
      const open = map(candidate, value);
      return {
        outputs: [keep, mul(take, open)],
        gradients([dA, dB]) {
          const [gA, gB] = [dA as NdArray, dB as NdArray];
          const d = mul(mul(add(gA, negative(mul(gB, open))), keep), take);
          const dCandidate = mul(mul(gB, take), map(candidate, slope));
          if (cell === "gru") return [concat([negative(d), dCandidate], 2)];
          const shut = (k: number) => map(negative(part(k)), sigmoidOf);
          return [concat([mul(d, shut(0)), mul(negative(d), shut(1)), dCandidate], 2)];
        },
      };
    },
    tolerance: tolerance.special,
    fillings: [[filling([0.5, -1, 2])], [filling(numbers)]],
  };
}

export const linearRecurrenceRows = (): SpecialRow[] => [
  ...[false, true].flatMap((reverse) =>
    (
      [
        [5, 3],
        [5, 8],
        [250, 3],
        [250, 4],
      ] as const
    ).map(([length, columns]) => scanRow(length, columns, reverse)),
  ),
  ...(["gru", "lstm"] as const).flatMap((cell) =>
    (["g", "identity", "tanh"] as const).map((activation) => gatesRow(cell, activation, false)),
  ),
];
