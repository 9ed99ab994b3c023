import type { Value } from "../../graph/value.ts";
import { checkRnnt, rnntLosses } from "../../ops/alignment/rnnt.ts";
import { type AlignmentOptions, alignmentKinds } from "../../ops/alignment/transcript.ts";
import { checkLossOptions, type LossOptions, Weighing } from "./weighing.ts";

/** Options of the loss `rnnt`. */
export interface RnntOptions extends LossOptions, AlignmentOptions {}

/**
 * The loss of transducers (RNN-T; Graves 2012): −log of the probability of all ways to emit a row's targets, in nats; the mean over
 * the batch unless the options say otherwise. At each step any number of symbols may be emitted, one after another, then the blank,
 * which goes on to the next step. `logits` [batch, time, symbols + 1, classes] are not normalised: those at [b, t, u] are the
 * joint net's, of step t and of what a second net makes of the first u targets. int32 `targets` [batch, symbols] hold no blank (of
 * a row that does the loss is NaN). Steps behind `lengths` and targets behind `targetLengths` do not count, whatever stands there.
 * Of a row without steps the loss is 0 where it has no targets, else infinite (see `zeroInfinity`). Lengths and targets may be of
 * any size: forward and backward take four dispatches and, beside the logits and their gradient, seven numbers for each
 * [batch, time, symbols + 1]. Throws ShapeError, DtypeError, ArgumentError.
 *
 * @example
 * ```ts
 * import { add, losses, nn, reshape, tanh, type Value } from "seqgrad";
 *
 * const head = new nn.Linear(64, 30);
 * // encoder [batch, time, 64], predictor [batch, symbols + 1, 64] of the blank and the targets
 * function loss(encoder: Value, predictor: Value, targets: Value, lengths: Value, targetLengths: Value) {
 *   const [batch, time, size] = encoder.shape as [number, number, number];
 *   const steps = reshape(encoder, [batch, time, 1, size]);
 *   const logits = head.forward(tanh(add(steps, reshape(predictor, [batch, 1, -1, size]))));
 *   return losses.rnnt(logits, targets, { lengths, targetLengths });
 * }
 * ```
 */
export function rnnt(logits: Value, targets: Value, options: RnntOptions = {}): Value {
  checkLossOptions<RnntOptions>("rnnt", options, alignmentKinds);
  const { weights, reduction, ...alignment } = options;
  checkRnnt(logits, targets, alignment);
  const weighing = new Weighing("rnnt", targets.shape.slice(0, 1), { weights, reduction });
  return weighing.reduce(rnntLosses(weighing.keep(logits), targets, alignment));
}
