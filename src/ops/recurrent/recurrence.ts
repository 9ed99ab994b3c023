/** A recurrence over a whole sequence as one operation, for every cell that has kernels. */

import { apply } from "../../graph/apply.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { weightToRead } from "../../graph/mode.ts";
import { forEachNamed } from "../../graph/named.ts";
import type { Each, Op, Value } from "../../graph/value.ts";
import { lowerCopy, lowerCopyPair } from "../layout/copy.ts";
import type { Sizes } from "./cells.ts";
import {
  type Attributes,
  commonParams,
  type RecurrenceInputs,
  type RecurrenceOutputs,
  sizesOf,
  variantOf,
} from "./operands.ts";
import { recurrenceGradients } from "./recurrence-gradient.ts";
import { lengthsRange, lowerMaskSteps } from "./reverse-sequence.ts";
import { lowerRecurrence } from "./ways.ts";

/** The recurrence of a cell, whose operands have been checked. */
export function recurrence(given: RecurrenceInputs, attributes: Attributes): RecurrenceOutputs {
  const { cell } = attributes;
  const inputs = { ...given, weightHh: weightToRead(given.weightHh) };
  const { length, batch, hidden } = sizesOf(given.projected, cell);
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const [state, history] = [float(batch, hidden), float(length + 1, batch, hidden)];
  return apply(recurrenceOp, inputs, attributes, {
    outputs: float(length, batch, hidden),
    h: state,
    hHistory: history,
    c: cell === "lstm" ? state : undefined,
    cHistory: cell === "lstm" ? history : undefined,
    gates: cell === "rnn" ? undefined : float(length, batch, 4 * hidden),
  });
}

/**
 * An operation of its own, not a `scan`, because its backward loop carries the gates' gradients rather than the hidden state's,
 * which fuses the matmul of step t + 1 with the gates of step t.
 */
const recurrenceOp: Op<Attributes, RecurrenceInputs, RecurrenceOutputs> = {
  name: "recurrence",
  gradient: recurrenceGradients,
  ranges: ({ inputs: { projected, lengths } }) =>
    lengths ? [lengthsRange(lengths, projected.shape[0] as number)] : [],
  lower({ inputs, outputs: made, attributes }, to) {
    const { cell, reverse } = attributes;
    const given = forEachNamed(inputs, (value) => to.stored(value));
    const sizes = sizesOf(inputs.projected, cell);
    const state = sizes.batch * sizes.hidden;
    const { hHistory, cHistory, gates } = to.rooms({
      hHistory: made.hHistory,
      cHistory: made.cHistory,
      gates: made.gates,
    });
    const [start, end] = reverse ? [sizes.length * state, 0] : [0, sizes.length * state];
    const initial = (history: Slot): Slot => ({ ...history, shape: [state], offset: history.offset + start });
    if (given.c0 && cHistory) lowerCopyPair(to, [given.h0, initial(hHistory)], [given.c0, initial(cHistory)]);
    else lowerCopy(to, [state], given.h0, [1], initial(hHistory), [1]);
    lowerForward(to, attributes, sizes, given, { hHistory, cHistory, gates });
    const steps = { ...hHistory, shape: made.outputs.shape, offset: hHistory.offset + (reverse ? 0 : state) };
    if (given.lengths) lowerMaskSteps(to, steps, given.lengths, to.output(made.outputs));
    else to.alias(made.outputs, steps);
    const last = (value: Value, history: Slot) =>
      to.alias(value, { ...history, shape: value.shape, offset: history.offset + end });
    last(made.h, hHistory);
    if (made.c && cHistory) last(made.c, cHistory);
  },
};

/** What is not there is bound all the same, and not read. */
function lowerForward(
  to: Lowering,
  attributes: Attributes,
  sizes: Sizes,
  { projected, weightHh, biasHh, lengths }: Each<RecurrenceInputs, Slot>,
  { hHistory, cHistory, gates }: Each<Pick<RecurrenceOutputs, "hHistory" | "cHistory" | "gates">, Slot>,
): void {
  const { cell, reverse } = attributes;
  const hasBias = cell === "lstm" || cell === "gru";
  lowerRecurrence(to, {
    ...sizes,
    cell,
    kernels: attributes.kernels,
    direction: "forward",
    reverse,
    variant: cell === "lstm" && !biasHh && !lengths ? "plain" : variantOf(attributes),
    bind: {
      projected,
      weight_hh: weightHh,
      ...(hasBias ? { bias_hh: biasHh ?? weightHh } : {}),
      lengths: lengths ?? weightHh,
      h_history: hHistory,
      ...(cHistory ? { c_history: cHistory } : {}),
      ...(gates ? { gates } : {}),
    },
    params: {
      ...commonParams(attributes, sizes),
      ...(hasBias ? { has_bias: biasHh ? 1 : 0 } : {}),
      has_lengths: lengths ? 1 : 0,
    },
  });
}
