/** Sequences whose targets are not aligned with their steps: what CTC and RNN-T have in common. */
import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { IndexRange, Value } from "../../graph/value.ts";
import { checkOptions, countOrZero, flag, type KindsOf } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { cast } from "../elementwise/cast.ts";
import { full } from "../layout/layout.ts";

export interface AlignmentOptions {
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

export const alignmentKinds: KindsOf<AlignmentOptions> = {
  lengths: optionalValue,
  targetLengths: optionalValue,
  blank: countOrZero,
  zeroInfinity: flag,
};

/** Attributes of the operations. */
export interface Alignment {
  readonly blank: number;
  readonly zeroInfinity: boolean;
}

/** What an operation is given beside its logits. */
export type Transcript = {
  /** [B, S] */
  readonly targets: Value;
  /** [B] */
  readonly lengths: Value;
  /** [B] */
  readonly targetLengths: Value;
};

/** Axes of the logits, in the words of errors. */
interface Form {
  readonly logits: string;
  readonly rank: number;
  /** Whether logits of this shape go with so many symbols. */
  fits(logits: Value, symbols: number): boolean;
}

/** Throws ShapeError, DtypeError or ArgumentError. */
export function checkAlignment(op: string, form: Form, logits: Value, targets: Value, options: AlignmentOptions): void {
  requireValues(op, { logits, targets });
  checkOptions(op, options, alignmentKinds);
  if (logits.dtype !== "float32") throw new DtypeError(`${op}: logits are ${logits.dtype}, expected float32`);
  if (targets.dtype !== "int32") throw new DtypeError(`${op}: targets are ${targets.dtype}, expected int32`);
  const [batch, symbols] = targets.shape as [number, number];
  const isRight = logits.rank === form.rank && targets.rank === 2 && logits.shape[0] === batch;
  if (!isRight || !form.fits(logits, symbols)) {
    throw new ShapeError(
      `${op}: logits have shape ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}, expected ${form.logits} and [batch, symbols]`,
    );
  }
  const classes = logits.shape.at(-1) as number;
  const { blank = 0 } = options;
  if (blank >= classes) {
    throw new ShapeError(`${op}: blank is ${blank}, expected a class from 0 to ${classes - 1}`);
  }
  for (const name of ["lengths", "targetLengths"] as const) {
    const lengths = options[name];
    if (!lengths) continue;
    if (lengths.dtype !== "int32") throw new DtypeError(`${op}: ${name} are ${lengths.dtype}, expected int32`);
    if (!sameShape(lengths.shape, [batch])) {
      throw new ShapeError(
        `${op}: ${name} have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one for each row`,
      );
    }
  }
}

/** Lengths that are not given are whole. */
export function transcriptOf(logits: Value, targets: Value, options: AlignmentOptions): Transcript {
  const [batch, symbols] = targets.shape as [number, number];
  const all = (most: number) => cast(full([batch], most), "int32");
  return {
    targets,
    lengths: options.lengths ?? all(logits.shape[1] as number),
    targetLengths: options.targetLengths ?? all(symbols),
  };
}

/** What data may hold. A target behind its row's length may be anything below 0. */
export function rangesOf(op: string, logits: Value, { targets, lengths, targetLengths }: Transcript) {
  const classes = logits.shape.at(-1) as number;
  const remedy = "check the lengths";
  const ranges: (IndexRange & { readonly input: Value })[] = [
    { input: targets, what: `${op} target`, maximum: classes - 1, remedy: "check the classes" },
    { input: lengths, what: `${op} length`, minimum: 0, maximum: logits.shape[1] as number, remedy },
    { input: targetLengths, what: `${op} target length`, minimum: 0, maximum: targets.shape[1] as number, remedy },
  ];
  return ranges;
}

/** A software adapter emulates barriers slowly, and wants a thread for each row; a GPU wants a workgroup. */
export const rowsFor = (adapter: AdapterProfile) =>
  adapter.kind === "software"
    ? { technique: "serial" as const, workgroups: (_op: string, rows: number) => linearWorkgroups(rows) }
    : {
        technique: "parallel" as const,
        workgroups: (op: string, rows: number) => foldWorkgroups(op, rows, adapter),
      };
