/** Connectionist temporal classification (Graves et al. 2006): sequences whose targets are not aligned with their steps. */
import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/ctc.ts";
import { checkOptions, countOrZero, flag, type KindsOf } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { cast } from "../elementwise/cast.ts";
import { full } from "../layout/layout.ts";
import { logSoftmax } from "../rows/softmax.ts";

export interface CtcOptions {
  /** int32 [batch], from 0 to time: steps of each row that count; all where absent. */
  readonly lengths?: Value | undefined;
  /** int32 [batch], from 0 to symbols: targets of each row that count; all where absent. */
  readonly targetLengths?: Value | undefined;
  /** The class that stands for no symbol; 0. */
  readonly blank?: number;
  /**
   * Whether a row whose targets do not fit into its steps has loss 0 and no gradient; false: its loss is infinite, and its
   * gradient is not a number.
   */
  readonly zeroInfinity?: boolean;
}

export const ctcKinds: KindsOf<CtcOptions> = {
  lengths: optionalValue,
  targetLengths: optionalValue,
  blank: countOrZero,
  zeroInfinity: flag,
};

interface Ctc {
  readonly blank: number;
  readonly zeroInfinity: boolean;
}

type Inputs = {
  /** [B, T, C] */
  readonly logits: Value;
  /** Their log-softmax. */
  readonly logProbs: Value;
  /** [B, S] */
  readonly targets: Value;
  /** [B] */
  readonly lengths: Value;
  /** [B] */
  readonly targetLengths: Value;
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
  return { batch, steps, classes, symbols: targets.shape[1] as number };
}

/** A software adapter emulates barriers slowly, and wants a thread for each row. */
const techniqueFor = (adapter: AdapterProfile) =>
  adapter.kind === "software"
    ? {
        forward: kernels.ctc_forward_serial,
        backward: kernels.ctc_backward_serial,
        gradient: kernels.ctc_gradient_serial,
        workgroups: linearWorkgroups,
      }
    : {
        forward: kernels.ctc_forward_parallel,
        backward: kernels.ctc_backward_parallel,
        gradient: kernels.ctc_gradient_parallel,
        workgroups: (rows: number) => foldWorkgroups(rows),
      };

/** The gradient is that of the logits: what the log-softmax would do with its own is done by the kernel. */
const ctcOp: Op<Ctc, Inputs, Outputs> = {
  name: "ctc",
  gradient: ({ inputs: { logits, ...rest }, outputs: { totals, alpha }, attributes }, { losses: g }) => ({
    logits: g && applyOne(ctcBackwardOp, { ...rest, totals, alpha, g }, attributes, logits),
  }),
  ranges({ inputs: { logits, targets, lengths, targetLengths } }) {
    const { steps, classes, symbols } = sizesOf(logits, targets);
    const remedy = "check the lengths";
    return [
      { input: targets, what: "ctc target", maximum: classes - 1, remedy: "check the classes" },
      { input: lengths, what: "ctc length", minimum: 0, maximum: steps, remedy },
      { input: targetLengths, what: "ctc target length", minimum: 0, maximum: symbols, remedy },
    ];
  },
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logProbs, targets, lengths, targetLengths } = to.slots(inputs);
    const sizes = sizesOf(inputs.logits, inputs.targets);
    const { forward, workgroups } = techniqueFor(to.adapter);
    const operands = { log_probs: logProbs, targets, input_lengths: lengths, target_lengths: targetLengths };
    to.dispatch({
      kernel: forward,
      bind: { ...operands, ...to.rooms(outputs) },
      params: { ...sizes, blank, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch),
      flops: 12 * sizes.batch * sizes.steps * (2 * sizes.symbols + 1),
    });
  },
};

type BackwardInputs = Omit<Inputs, "logits"> & Omit<Outputs, "losses"> & { readonly g: Value };

const ctcBackwardOp: Op<Ctc, BackwardInputs> = {
  name: "ctcBackward",
  lower({ inputs, outputs, attributes: { blank, zeroInfinity } }, to) {
    const { logProbs, targets, lengths, targetLengths, totals, alpha, g: d_losses } = to.slots(inputs);
    const d_logits = to.output(outputs.y);
    const sizes = sizesOf(inputs.logProbs, inputs.targets);
    const { backward, gradient, workgroups } = techniqueFor(to.adapter);
    const occupancy = to.temporary(alpha.shape, "float32", "ctc occupancy");
    const operands = { log_probs: logProbs, targets, input_lengths: lengths, target_lengths: targetLengths };
    to.dispatch({
      kernel: backward,
      bind: { ...operands, totals, alpha, occupancy },
      params: { ...sizes, blank },
      workgroups: workgroups(sizes.batch),
      flops: 14 * sizes.batch * sizes.steps * (2 * sizes.symbols + 1),
    });
    to.dispatch({
      kernel: gradient,
      bind: { ...operands, totals, occupancy, d_losses, d_logits },
      params: { ...sizes, blank, zero_infinity: Number(zeroInfinity) },
      workgroups: workgroups(sizes.batch * sizes.steps),
      flops: 3 * sizes.batch * sizes.steps * sizes.classes,
    });
  },
};

/** Throws ShapeError, DtypeError or ArgumentError unless `ctcLosses` can take them. */
export function checkCtc(logits: Value, targets: Value, options: CtcOptions): void {
  requireValues("ctc", { logits, targets });
  checkOptions("ctc", options, ctcKinds);
  if (logits.dtype !== "float32") throw new DtypeError(`ctc: logits are ${logits.dtype}, expected float32`);
  if (targets.dtype !== "int32") throw new DtypeError(`ctc: targets are ${targets.dtype}, expected int32`);
  if (logits.rank !== 3 || targets.rank !== 2 || logits.shape[0] !== targets.shape[0]) {
    throw new ShapeError(
      `ctc: logits have shape ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}, expected [batch, time, classes] and [batch, symbols]`,
    );
  }
  const { batch, classes } = sizesOf(logits, targets);
  const { blank = 0 } = options;
  if (blank >= classes) {
    throw new ShapeError(`ctc: blank is ${blank}, expected a class from 0 to ${classes - 1}`);
  }
  for (const name of ["lengths", "targetLengths"] as const) {
    const lengths = options[name];
    if (!lengths) continue;
    if (lengths.dtype !== "int32") throw new DtypeError(`ctc: ${name} are ${lengths.dtype}, expected int32`);
    if (!sameShape(lengths.shape, [batch])) {
      throw new ShapeError(
        `ctc: ${name} have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one for each row`,
      );
    }
  }
}

/** Losses [batch] of logits [batch, time, classes] and int32 targets [batch, symbols]; see `losses.ctc`. */
export function ctcLosses(logits: Value, targets: Value, options: CtcOptions = {}): Value {
  checkCtc(logits, targets, options);
  const { blank = 0, zeroInfinity = false } = options;
  const { batch, steps, symbols } = sizesOf(logits, targets);
  const all = (most: number) => cast(full([batch], most), "int32");
  const inputs: Inputs = {
    logits,
    logProbs: logSoftmax(logits),
    targets,
    lengths: options.lengths ?? all(steps),
    targetLengths: options.targetLengths ?? all(symbols),
  };
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const specs = { losses: float(batch), totals: float(batch), alpha: float(batch, steps, 2 * symbols + 1) };
  return apply(ctcOp, inputs, { blank, zeroInfinity }, specs).losses;
}
