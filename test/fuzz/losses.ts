/** Losses of alignments, which the oracle has for each row alone. */
import { losses, type Value } from "../../src/index.ts";
import type { AlignmentChoice, LossChoice } from "../cases/support/ops.ts";
import type { NdArray } from "../reference/array.ts";
import { ctcLosses } from "../reference/ctc.ts";
import { reduced } from "../reference/losses.ts";
import { rnntLosses } from "../reference/rnnt.ts";

type Loss<T> = (logits: T, targets: T, options: AlignmentChoice<T> & LossChoice<T>) => T;

export interface AlignmentOps<T> {
  readonly ctc: Loss<T>;
  readonly rnnt: Loss<T>;
}

const reducing =
  (each: typeof ctcLosses): Loss<NdArray> =>
  (logits, targets, options) => {
    const { shape, data } = each(logits, targets, options);
    return reduced(shape, (row) => data[row] as number, options);
  };

export const alignments: AlignmentOps<Value> = { ctc: losses.ctc, rnnt: losses.rnnt };
export const alignmentOracles: AlignmentOps<NdArray> = { ctc: reducing(ctcLosses), rnnt: reducing(rnntLosses) };
