/** The loss of recurrent neural network transducers (Graves 2012): each step emits any number of symbols, then a blank. */
import { apply, applyOne } from "../../graph/apply.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rnnt.ts";
import {
  type Alignment,
  type AlignmentOptions,
  checkAlignment,
  rangesOf,
  rowsFor,
  type Transcript,
  transcriptOf,
} from "./transcript.ts";

type Inputs = Transcript & {
  /** [B, T, S + 1, C] */
  readonly logits: Value;
};

type Outputs = {
  /** [B] */
  readonly losses: Value;
  /** `[B]`: log-probability of all alignments. */
  readonly totals: Value;
  /** `[B, T, S + 1, 2]`: log-probabilities of the blank and of the next symbol; no softmax of all classes is kept. */
  readonly scores: Value;
  /** `[B, T, S + 1, 2]`: by which the softmax of the logits is made again. */
  readonly sums: Value;
  /** `[B, T, S + 1]`: of the beginnings of alignments, by the cell that they come to. */
  readonly alpha: Value;
};

function sizesOf(logits: Value) {
  const [batch, steps, width, classes] = logits.shape as [number, number, number, number];
  return { batch, seq_len: steps, classes, symbols: width - 1, cells: batch * steps * width };
}

const techniques = {
  serial: {
    scores: kernels.rnnt_scores_serial,
    forward: kernels.rnnt_forward_serial,
    backward: kernels.rnnt_backward_serial,
    gradient: kernels.rnnt_gradient_serial,
  },
  parallel: {
    scores: kernels.rnnt_scores_parallel,
    forward: kernels.rnnt_forward_parallel,
    backward: kernels.rnnt_backward_parallel,
    gradient: kernels.rnnt_gradient_parallel,
  },
};

function kernelsFor(adapter: AdapterProfile) {
  const { technique, workgroups } = rowsFor(adapter);
  return { ...techniques[technique], workgroups: (rows: number) => workgroups("rnnt", rows) };
}

/** The gradient is that of the logits, by kernels of its own. */
const rnntOp: Op<Alignment, Inputs, Outputs> = {
  name: "rnnt",
  gradient: ({ inputs, outputs: { losses: _, ...rest }, attributes }, { losses: g }) => ({
    logits: g && applyOne(rnntBackwardOp, { ...inputs, ...rest, g }, attributes, inputs.logits),
  }),
  ranges: ({ inputs: { logits, ...rest } }) => rangesOf("rnnt", logits, rest),
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logits, targets, lengths, targetLengths } = to.slots(inputs);
    const { scores, sums, alpha, totals, losses } = to.rooms(outputs);
    const { cells, classes, ...sizes } = sizesOf(inputs.logits);
    const { workgroups, ...kernel } = kernelsFor(to.adapter);
    const counts = { input_lengths: lengths, target_lengths: targetLengths };
    to.dispatch({
      kernel: kernel.scores,
      bind: { logits, targets, ...counts, scores, sums },
      params: { ...sizes, classes, blank },
      workgroups: workgroups(cells),
      flops: 3 * cells * classes,
    });
    to.dispatch({
      kernel: kernel.forward,
      bind: { ...counts, scores, alpha, totals, losses },
      params: { ...sizes, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch),
      flops: 8 * cells,
    });
  },
};

type BackwardInputs = Inputs & Omit<Outputs, "losses"> & { readonly g: Value };

const rnntBackwardOp: Op<Alignment, BackwardInputs> = {
  name: "rnntBackward",
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logits, targets, lengths, targetLengths, totals, scores, sums, alpha, g } = to.slots(inputs);
    const { cells, classes, ...sizes } = sizesOf(inputs.logits);
    const { workgroups, ...kernel } = kernelsFor(to.adapter);
    const counts = { input_lengths: lengths, target_lengths: targetLengths };
    const ends = to.temporary([sizes.batch, 2, sizes.symbols + 1], "float32", "rnnt ends");
    const shares = to.temporary(scores.shape, "float32", "rnnt shares");
    to.dispatch({
      kernel: kernel.backward,
      bind: { ...counts, scores, alpha, totals, ends, shares },
      params: { ...sizes, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch),
      flops: 16 * cells,
    });
    to.dispatch({
      kernel: kernel.gradient,
      bind: { logits, targets, ...counts, sums, shares, d_losses: g, d_logits: to.output(outputs.y) },
      params: { ...sizes, classes, blank },
      workgroups: workgroups(cells),
      flops: 6 * cells * classes,
    });
  },
};

/** Throws ShapeError, DtypeError or ArgumentError unless `rnntLosses` can take them. */
export function checkRnnt(logits: Value, targets: Value, options: AlignmentOptions): void {
  const fits = ({ shape }: Value, symbols: number) => shape[2] === symbols + 1;
  const form = { logits: "[batch, time, symbols + 1, classes]", rank: 4, fits };
  checkAlignment("rnnt", form, logits, targets, options);
}

/** Losses [batch] of logits [batch, time, symbols + 1, classes] and int32 targets [batch, symbols]; see `losses.rnnt`. */
export function rnntLosses(logits: Value, targets: Value, options: AlignmentOptions = {}): Value {
  checkRnnt(logits, targets, options);
  const { blank = 0, zeroInfinity = false } = options;
  const inputs: Inputs = { logits, ...transcriptOf(logits, targets, options) };
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const [batch, steps, width] = logits.shape as [number, number, number];
  const specs = {
    losses: float(batch),
    totals: float(batch),
    scores: float(batch, steps, width, 2),
    sums: float(batch, steps, width, 2),
    alpha: float(batch, steps, width),
  };
  return apply(rnntOp, inputs, { blank, zeroInfinity }, specs).losses;
}
