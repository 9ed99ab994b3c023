/** Losses of targets that are not aligned with their steps. */
import * as sg from "../../../src/index.ts";
import { ctcLosses } from "../../../src/ops/alignment/ctc.ts";
import { rnntLosses } from "../../../src/ops/alignment/rnnt.ts";
import { integers, type NdArray, sizeOf, uniform } from "../../reference/array.ts";
import * as ctc from "../../reference/ctc.ts";
import * as rnnt from "../../reference/rnnt.ts";
import { tolerance } from "../../support/tolerance.ts";
import { SPECIALS, type SpecialRow, withNumber } from "./row.ts";

const LOSSES = {
  ctc: { f: ctcLosses, oracle: ctc.ctcLosses, gradients: ctc.ctcGradients },
  rnnt: { f: rnntLosses, oracle: rnnt.rnntLosses, gradients: rnnt.rnntGradients },
} as const;

const [STEPS, SYMBOLS, CLASSES] = [4, 2, 5];

/**
 * Rows that cannot be aligned are infinite, and what stands behind the lengths does not count. `cells` are what a row of one step
 * has logits for.
 */
function alignmentRow(
  name: keyof typeof LOSSES,
  cells: readonly number[],
  without: readonly number[],
  zeroInfinity = false,
): SpecialRow {
  const { f, oracle, gradients } = LOSSES[name];
  const finite = uniform([3, STEPS, ...cells, CLASSES], 8, -2, 2);
  const [targets, lengths, counts] = [
    integers([3, SYMBOLS], [2, 3, 4, 4, 5, 1]),
    integers([3], [4, 3, 3]),
    integers([3], [2, 2, 1]),
  ];
  // what is computed is not checked
  const symbols = (x: readonly NdArray[]) =>
    integers(
      [3, SYMBOLS],
      Array.from((x[1] as NdArray).data, (each) => each - 1),
    );
  const options = (x: readonly NdArray[]) => ({
    lengths: x[2] as NdArray,
    targetLengths: x[3] as NdArray,
    zeroInfinity,
  });
  // the first row's first symbol, at no step
  const never = finite.data.map((v, i) =>
    i < finite.data.length / 3 && i % CLASSES === 1 ? Number.NEGATIVE_INFINITY : v,
  );
  const behind = (value: number) =>
    finite.data.map((v, i) => {
      const cell = Math.floor(i / CLASSES);
      const step = Math.floor(cell / sizeOf(cells));
      const row = Math.floor(step / STEPS);
      const isBehind = step % STEPS >= (lengths.data[row] as number);
      return isBehind || (cells.length > 0 && cell % sizeOf(cells) > (counts.data[row] as number)) ? value : v;
    });
  return {
    label: zeroInfinity ? `${name} with zeroInfinity` : name,
    f: ([logits, targets, lengths, targetLengths]) =>
      f(logits as sg.Value, sg.sub(targets as sg.Value, 1), { lengths, targetLengths, zeroInfinity }),
    oracle: (x) => ({
      outputs: [oracle(x[0] as NdArray, symbols(x), options(x))],
      gradients: ([g]) => [gradients(x[0] as NdArray, symbols(x), g as NdArray, options(x)), null, null, null],
    }),
    tolerance: tolerance.special,
    fillings: [
      [finite, targets, lengths, counts],
      // no such class, and a blank among the symbols
      ...[6, 1].map((none) => [finite, integers([3, SYMBOLS], [2, 3, none, 4, 5, 1]), lengths, counts]),
      // a row that cannot be, by its length and by its logits
      [{ ...finite, data: never }, targets, lengths, counts],
      [finite, targets, integers([3], without), counts],
      ...SPECIALS.map((value) => [{ ...finite, data: behind(value) }, targets, lengths, counts]),
      [withNumber(finite, 3, Number.NaN), targets, lengths, counts],
      // the first target, and a class that is not spelt
      [withNumber(finite, 6, Number.NEGATIVE_INFINITY), targets, lengths, counts],
      [withNumber(finite, 3, Number.NEGATIVE_INFINITY), targets, lengths, counts],
      [withNumber(finite, 7, Number.POSITIVE_INFINITY), targets, lengths, counts],
    ],
  };
}

export const alignmentRows = (): readonly SpecialRow[] => [
  // two steps for a symbol twice
  alignmentRow("ctc", [], [4, 2, 3]),
  // no step for two symbols
  alignmentRow("rnnt", [SYMBOLS + 1], [4, 0, 3]),
  alignmentRow("rnnt", [SYMBOLS + 1], [4, 0, 3], true),
];
