/** Operations on whole rows: softmax and its kin, reductions, norms. Each row of a matrix has special numbers of its own. */
import { traceIn } from "../../../src/graph/mode.ts";
import * as sg from "../../../src/index.ts";
import { crossEntropyRows } from "../../../src/ops/rows/cross-entropy-rows.ts";
import { array, broadcastTo, filled, integers, map, type NdArray, uniform } from "../../reference/array.ts";
import { add, div, equal, mul, sqrt, square, sub } from "../../reference/elementwise.ts";
import { slice } from "../../reference/layout.ts";
import { crossEntropy } from "../../reference/losses.ts";
import * as reference from "../../reference/reduce.ts";
import { tolerance } from "../../support/tolerance.ts";
import { alignmentRows } from "./alignment.ts";
import { edges, oneAtATime, SPECIALS, type SpecialRow, withNumber } from "./row.ts";

/** Rows that one thread takes, rows longer than a workgroup and two of them, vectors of four or not. */
const WIDTHS = [3, 65, 132] as const;
/** The least float32, which masks are often made of. */
const LOWEST = -3.4028234663852886e38;

const last = { keepDims: true };

/** A finite row, then one for each special number at each edge, and rows of nothing else. */
function specialRows(width: number): NdArray {
  const plain = uniform([width], width, -2, 2);
  return stacked([
    plain,
    ...SPECIALS.flatMap((value) => edges(plain).map((at) => withNumber(plain, at, value))),
    ...SPECIALS.map((value) => map(plain, () => value)),
  ]);
}

/** With the least numbers in all places or all but one, and with extreme ones. */
function logitRows(width: number): NdArray {
  const least = [Number.NEGATIVE_INFINITY, LOWEST].map((value) => filled([width], value));
  const extreme = map(uniform([width], width), (x) => Math.fround(1e4 * x));
  const rows = [...least, ...least.map((row) => withNumber(row, width - 1, 0.5)), extreme];
  return stacked([specialRows(width), ...rows, map(extreme, (x) => -x), withNumber(extreme, width - 1, 1e30)]);
}

/** Rows below each other, of a matrix or one. */
const stacked = (rows: readonly NdArray[]): NdArray => {
  const width = rows[0]?.shape.at(-1) as number;
  const data = rows.flatMap(({ data }) => [...data]);
  return array([data.length / width, width], data);
};

function transposed(x: NdArray): NdArray {
  const [m, n] = x.shape as [number, number];
  return array(
    [n, m],
    Array.from({ length: m * n }, (_, i) => x.data[(i % m) * n + Math.floor(i / m)] as number),
  );
}

const SOFTMAX = {
  softmax: { f: sg.softmax, oracle: reference.softmax },
  logSoftmax: { f: sg.logSoftmax, oracle: reference.logSoftmax },
} as const;

function softmaxRow(name: keyof typeof SOFTMAX, width: number): SpecialRow {
  const x = logitRows(width);
  return {
    label: `${name} of ${width}`,
    f: ([x]) => SOFTMAX[name].f(x as sg.Value),
    oracle([x]) {
      const y = SOFTMAX[name].oracle(x as NdArray);
      return {
        outputs: [y],
        gradients([g]) {
          if (name === "softmax") return [mul(y, sub(g as NdArray, reference.sum(mul(g as NdArray, y), 1, last)))];
          return [sub(g as NdArray, mul(map(y, Math.exp), reference.sum(g as NdArray, 1, last)))];
        },
      };
    },
    tolerance: tolerance.special,
    fillings: [[map(x, () => 0.5)], [x]],
  };
}

/** `repeat` rows of x share a row of the mask. */
function maskedRow(width: number, repeat: number): SpecialRow {
  const x = logitRows(width);
  const rows = x.shape[0] as number;
  const [shape, masks] = [[rows / 2, 2, width], rows / 2];
  const mask = array(
    repeat === 2 ? [masks, 1, width] : [masks, 2, width],
    Array.from({ length: (repeat === 2 ? masks : rows) * width }, (_, i) => Number((i * 7) % 3 !== 0)),
  );
  const masked = (x: NdArray): NdArray[] => [{ ...x, shape }, mask];
  // specials at all that the mask takes away
  const spread = broadcastTo(mask, shape).data;
  const behind = array(
    [rows, width],
    spread.map((m, i) => (m === 0 ? (SPECIALS[i % 3] as number) : (i % 5) / 5)),
  );
  const nothing = [{ ...x, shape }, map(mask, () => 0)];
  return {
    label: `maskedSoftmax of ${width}, ${repeat} rows a mask`,
    f: ([x, mask]) => sg.maskedSoftmax(x as sg.Value, mask as sg.Value),
    oracle([x, mask]) {
      const y = reference.maskedSoftmax(x as NdArray, mask as NdArray);
      const kept = broadcastTo(mask as NdArray, shape).data;
      const where = (z: NdArray): NdArray => ({ ...z, data: z.data.map((v, i) => (kept[i] === 0 ? 0 : v)) });
      return {
        outputs: [y],
        gradients: ([g]) => [
          where(mul(y, sub(g as NdArray, reference.sum(where(mul(g as NdArray, y)), 2, last)))),
          null,
        ],
      };
    },
    tolerance: tolerance.special,
    fillings: [masked(map(x, () => 0.25)), masked(x), masked(behind), nothing],
  };
}

/** The mean, which is fused, or the sum of each row's by itself. */
function crossEntropyRow(width: number, reduction?: "sum"): SpecialRow {
  const finite = uniform([5, width], width, -2, 2);
  // the third row is padding; the targets are the first, the last and another class
  const targets = integers([5], [0, width - 1, -1, 1, 2]);
  const put = (...places: readonly (readonly [row: number, column: number, value: number])[]): NdArray[] => [
    places.reduce((x, [row, column, value]) => withNumber(x, row * width + column, value), finite),
    targets,
  ];
  const rowOf = (row: number, value: number): NdArray[] => [
    { ...finite, data: finite.data.map((v, i) => (Math.floor(i / width) === row ? value : v)) },
    targets,
  ];
  return {
    label: `crossEntropy ${reduction ?? "mean"} of ${width}`,
    f: ([logits, targets]) =>
      reduction
        ? sg.sum(crossEntropyRows(logits as sg.Value, targets as sg.Value))
        : sg.losses.crossEntropy(logits as sg.Value, targets as sg.Value),
    oracle([logits, targets]) {
      const [x, y] = [logits as NdArray, targets as NdArray];
      const shares = map(reference.logSoftmax(x), Math.exp);
      const count = reduction ? 1 : y.data.filter((target) => target >= 0).length;
      return {
        outputs: [crossEntropy(x, y, reduction ? { reduction } : {})],
        gradients: ([g]) => [
          {
            ...x,
            data: shares.data.map((share, i) => {
              const target = y.data[Math.floor(i / width)] as number;
              if (target < 0) return 0;
              return ((share - Number(target === i % width)) * ((g as NdArray).data[0] as number)) / count;
            }),
          },
          null,
        ],
      };
    },
    tolerance: tolerance.special,
    fillings: [
      [finite, targets],
      put([0, 0, Number.NaN], [1, 0, Number.POSITIVE_INFINITY], [4, width >> 1, Number.NEGATIVE_INFINITY]),
      put([0, width - 1, Number.NaN]),
      // not the target, then the target
      put([1, 0, Number.NEGATIVE_INFINITY]),
      put([1, width - 1, Number.NEGATIVE_INFINITY]),
      // padding
      put(...SPECIALS.map((value, i) => [2, i, value] as const)),
      rowOf(3, Number.NEGATIVE_INFINITY),
      rowOf(3, LOWEST),
      [map(finite, (x) => Math.fround(1e4 * x)), targets],
    ],
  };
}

const REDUCTIONS = {
  sum: { f: sg.sum, oracle: reference.sum },
  mean: { f: sg.mean, oracle: reference.mean },
  max: { f: sg.max, oracle: reference.max },
  min: { f: sg.min, oracle: reference.min },
} as const;

function reductionRow(name: keyof typeof REDUCTIONS, x: NdArray, axes: number | undefined): SpecialRow {
  return {
    label: `${name} of [${x.shape}] over ${axes}`,
    f: ([x]) => REDUCTIONS[name].f(x as sg.Value, axes),
    oracle([x]) {
      const value = x as NdArray;
      const kept = REDUCTIONS[name].oracle(value, axes, last);
      return {
        outputs: [REDUCTIONS[name].oracle(value, axes)],
        gradients([g]) {
          const over = broadcastTo({ ...(g as NdArray), shape: kept.shape }, value.shape);
          if (name === "sum") return [over];
          if (name === "mean") return [map(over, (v) => (v * kept.data.length) / value.data.length)];
          const chosen = equal(value, kept);
          return [mul(chosen, div(over, reference.sum(chosen, axes, last)))];
        },
      };
    },
    tolerance: tolerance.reduction(axes === undefined ? x.data.length : (x.shape[axes] as number)),
    fillings: axes === undefined ? oneAtATime([x]) : [[map(x, (v) => Math.fround(Math.atan(v) || 0))], [x]],
  };
}

export const reductionRows = (): SpecialRow[] =>
  (["sum", "mean", "max", "min"] as const).flatMap((name) => [
    ...WIDTHS.map((width) => reductionRow(name, specialRows(width), 1)),
    // down columns, by one number or four at a time, and in chunks
    reductionRow(name, transposed(specialRows(132)), 0),
    reductionRow(name, transposed(slice(specialRows(65), 0, 0, 12)), 0),
    reductionRow(name, uniform([4099], 7), undefined),
    reductionRow(name, uniform([3, 5], 8), undefined),
  ]);

function normRow(rms: boolean, width: number): SpecialRow {
  const x = specialRows(width);
  const [weight, bias] = [uniform([width], 3, 0.5, 1.5), uniform([width], 4)];
  const epsilon = 1e-5;
  const finite = uniform(x.shape, 6);
  const parameters = rms ? [weight] : [weight, bias];
  return {
    label: `${rms ? "rmsNorm" : "layerNorm"} of ${width}`,
    f: ([x, weight, bias]) => (rms ? sg.rmsNorm(x as sg.Value, weight) : sg.layerNorm(x as sg.Value, weight, bias)),
    oracle([x, weight, bias]) {
      const input = x as NdArray;
      const centred = rms ? input : sub(input, reference.mean(input, 1, last));
      const rstd = div(1, sqrt(add(reference.mean(square(centred), 1, last), epsilon)));
      const v = mul(centred, rstd);
      const y = mul(v, weight as NdArray);
      return {
        outputs: [bias ? add(y, bias) : y],
        gradients([g]) {
          const u = mul(g as NdArray, weight as NdArray);
          const rest = rms ? u : sub(u, reference.mean(u, 1, last));
          const dx = mul(rstd, sub(rest, mul(v, reference.mean(mul(u, v), 1, last))));
          const found = [dx, reference.sum(mul(g as NdArray, v), 0)];
          return bias ? [...found, reference.sum(g as NdArray, 0)] : found;
        },
      };
    },
    tolerance: tolerance.special,
    fillings: [[finite, ...parameters], [x, ...parameters], ...oneAtATime([finite, ...parameters], rms ? [1] : [1, 2])],
  };
}

function batchNormRow(x: NdArray): SpecialRow {
  const [rows = 0, features = 0] = x.shape;
  const [weight, bias] = [uniform([features], 3, 0.5, 1.5), uniform([features], 4)];
  const finite = uniform(x.shape, 6);
  const mean = (value: NdArray) => reference.mean(value, 0);
  return {
    label: `BatchNorm of [${x.shape}]`,
    f: ([x, weight, bias]) =>
      traceIn(true, () => Object.assign(new sg.nn.BatchNorm(features), { weight, bias }).forward(x as sg.Value)),
    oracle([x, weight, bias]) {
      const centred = sub(x as NdArray, mean(x as NdArray));
      const rstd = div(1, sqrt(add(mean(square(centred)), 1e-5)));
      const v = mul(centred, rstd);
      return {
        outputs: [add(mul(v, weight as NdArray), bias as NdArray)],
        gradients([g]) {
          const total = (value: NdArray) => reference.sum(value, 0);
          const [d_bias, d_weight] = [total(g as NdArray), total(mul(g as NdArray, v))];
          const shared = div(add(d_bias, mul(v, d_weight)), rows);
          return [mul(mul(rstd, weight as NdArray), sub(g as NdArray, shared)), d_weight, d_bias];
        },
      };
    },
    tolerance: tolerance.special,
    fillings: [[finite, weight, bias], [x, weight, bias], ...oneAtATime([finite, weight, bias], [1, 2])],
  };
}

function cumsumRow(x: NdArray, axis: number): SpecialRow {
  return {
    label: `cumsum of [${x.shape}] along ${axis}`,
    f: ([x]) => sg.cumsum(x as sg.Value, axis, { exclusive: true }),
    oracle: ([x]) => ({
      outputs: [reference.cumsum(x as NdArray, axis, { exclusive: true })],
      gradients: ([g]) => [reference.cumsum(g as NdArray, axis, { exclusive: true, reverse: true })],
    }),
    tolerance: tolerance.special,
    fillings: [[uniform(x.shape, 4)], [x]],
  };
}

export const rowRows: Readonly<Record<string, () => readonly SpecialRow[]>> = {
  softmax: () => WIDTHS.flatMap((width) => [softmaxRow("softmax", width), softmaxRow("logSoftmax", width)]),
  "masked softmax": () => WIDTHS.flatMap((width) => [maskedRow(width, 1), maskedRow(width, 2)]),
  losses: () => [...WIDTHS.map((width) => crossEntropyRow(width)), crossEntropyRow(5, "sum")],
  alignments: alignmentRows,
  "cumulative sums": () => [cumsumRow(specialRows(65), 1), cumsumRow(transposed(specialRows(132)), 0)],
  norms: () => WIDTHS.flatMap((width) => [normRow(false, width), normRow(true, width)]),
  // down columns, by one number or four at a time, and in chunks
  "norms of batches": () => [
    batchNormRow(transposed(specialRows(132))),
    batchNormRow(transposed(slice(specialRows(65), 0, 0, 12))),
  ],
};
