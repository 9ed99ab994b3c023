import type { Value } from "../../graph/value.ts";
import { checkCtc, ctcLosses } from "../../ops/alignment/ctc.ts";
import { type AlignmentOptions, alignmentKinds } from "../../ops/alignment/transcript.ts";
import { checkLossOptions, type LossOptions, Weighing } from "./weighing.ts";

/** Options of the loss `ctc`. */
export interface CtcOptions extends LossOptions, AlignmentOptions {}

/**
 * Connectionist temporal classification (Graves et al. 2006): −log of the probability of all ways in which a row's steps may
 * spell its targets, with blanks between, in nats; the mean over the batch unless the options say otherwise. `logits`
 * [batch, time, classes] are not normalised; int32 `targets` [batch, symbols] hold no blank (of a row that does the loss is NaN).
 * Steps behind `lengths` and targets behind `targetLengths` do not count, whatever stands there. PyTorch's mean divides each row's
 * loss by its number of targets first. Throws ShapeError, DtypeError, ArgumentError.
 */
export function ctc(logits: Value, targets: Value, options: CtcOptions = {}): Value {
  checkLossOptions<CtcOptions>("ctc", options, alignmentKinds);
  const { weights, reduction, ...alignment } = options;
  checkCtc(logits, targets, alignment);
  const weighing = new Weighing("ctc", targets.shape.slice(0, 1), { weights, reduction });
  return weighing.reduce(ctcLosses(weighing.keep(logits), targets, alignment));
}
