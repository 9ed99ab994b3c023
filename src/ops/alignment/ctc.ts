/** Connectionist temporal classification (Graves et al. 2006): sequences whose targets are not aligned with their steps. */
import { apply, applyOne } from "../../graph/apply.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/ctc.ts";
import { logSoftmax } from "../rows/softmax.ts";
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
  /** [B, T, C] */
  readonly logits: Value;
  /** Their log-softmax. */
  readonly logProbs: Value;
};

type Outputs = {
  /** [B] */
  readonly losses: Value;
  /** `[B]`: log-probability of all paths. */
  readonly totals: Value;
  /** `[B, T, 2·S + 1]`: of their beginnings, by the state that they are in. */
  readonly alpha: Value;
};

function sizesOf(logits: Value, targets: Value) {
  const [batch, steps, classes] = logits.shape as [number, number, number];
  return { batch, seq_len: steps, classes, symbols: targets.shape[1] as number };
}

const techniques = {
  serial: {
    forward: kernels.ctc_forward_serial,
    backward: kernels.ctc_backward_serial,
    gradient: kernels.ctc_gradient_serial,
  },
  parallel: {
    forward: kernels.ctc_forward_parallel,
    backward: kernels.ctc_backward_parallel,
    gradient: kernels.ctc_gradient_parallel,
  },
};

function kernelsFor(adapter: AdapterProfile) {
  const { technique, workgroups } = rowsFor(adapter);
  return { ...techniques[technique], workgroups: (rows: number) => workgroups("ctc", rows) };
}

/** The gradient is that of the logits: what the log-softmax would do with its own is done by the kernel. */
const ctcOp: Op<Alignment, Inputs, Outputs> = {
  name: "ctc",
  gradient: ({ inputs: { logits, ...rest }, outputs: { totals, alpha }, attributes }, { losses: g }) => ({
    logits: g && applyOne(ctcBackwardOp, { ...rest, totals, alpha, g }, attributes, logits),
  }),
  ranges: ({ inputs: { logits, ...rest } }) => rangesOf("ctc", logits, rest),
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logProbs, targets, lengths, targetLengths } = to.slots(inputs);
    const sizes = sizesOf(inputs.logits, inputs.targets);
    const { forward, workgroups } = kernelsFor(to.adapter);
    const operands = { log_probs: logProbs, targets, input_lengths: lengths, target_lengths: targetLengths };
    to.dispatch({
      kernel: forward,
      bind: { ...operands, ...to.rooms(outputs) },
      params: { ...sizes, blank, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch),
      flops: 12 * sizes.batch * sizes.seq_len * (2 * sizes.symbols + 1),
    });
  },
};

type BackwardInputs = Omit<Inputs, "logits"> & Omit<Outputs, "losses"> & { readonly g: Value };

const ctcBackwardOp: Op<Alignment, BackwardInputs> = {
  name: "ctcBackward",
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logProbs, targets, lengths, targetLengths, totals, alpha, g: d_losses } = to.slots(inputs);
    const d_logits = to.output(outputs.y);
    const sizes = sizesOf(inputs.logProbs, inputs.targets);
    const { backward, gradient, workgroups } = kernelsFor(to.adapter);
    const occupancy = to.temporary(alpha.shape, "float32", "ctc occupancy");
    const operands = { log_probs: logProbs, targets, input_lengths: lengths, target_lengths: targetLengths };
    to.dispatch({
      kernel: backward,
      bind: { ...operands, totals, alpha, occupancy },
      params: { ...sizes, blank },
      workgroups: workgroups(sizes.batch),
      flops: 14 * sizes.batch * sizes.seq_len * (2 * sizes.symbols + 1),
    });
    to.dispatch({
      kernel: gradient,
      bind: { ...operands, totals, occupancy, d_losses, d_logits },
      params: { ...sizes, blank, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch * sizes.seq_len),
      flops: 3 * sizes.batch * sizes.seq_len * sizes.classes,
    });
  },
};

/** Throws ShapeError, DtypeError or ArgumentError unless `ctcLosses` can take them. */
export function checkCtc(logits: Value, targets: Value, options: AlignmentOptions): void {
  const form = { logits: "[batch, time, classes]", rank: 3, fits: () => true };
  checkAlignment("ctc", form, logits, targets, options);
}

/** Losses [batch] of logits [batch, time, classes] and int32 targets [batch, symbols]; see `losses.ctc`. */
export function ctcLosses(logits: Value, targets: Value, options: AlignmentOptions = {}): Value {
  checkCtc(logits, targets, options);
  const { blank = 0, zeroInfinity = false } = options;
  const { batch, seq_len: steps, symbols } = sizesOf(logits, targets);
  const inputs: Inputs = { logits, logProbs: logSoftmax(logits), ...transcriptOf(logits, targets, options) };
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const specs = { losses: float(batch), totals: float(batch), alpha: float(batch, steps, 2 * symbols + 1) };
  return apply(ctcOp, inputs, { blank, zeroInfinity }, specs).losses;
}
