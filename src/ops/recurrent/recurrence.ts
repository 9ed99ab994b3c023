/** A recurrence over a whole sequence as one operation, for every cell that has kernels. */

import { apply } from "../../graph/apply.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import type { Op, Value } from "../../graph/value.ts";
import { lowerCopy, lowerCopyPair } from "../layout/copy.ts";
import type { Cell, Sizes } from "./cells.ts";
import {
  type Attributes,
  byName,
  commonParams,
  type Named,
  outputNames,
  present,
  type RecurrenceInputs,
  type RecurrenceOptions,
  type RecurrenceOutputs,
  sizesOf,
  variantOf,
} from "./operands.ts";
import { recurrenceGradients } from "./recurrence-gradient.ts";
import { lengthsRange, lowerMaskSteps } from "./reverse-sequence.ts";
import { lowerRecurrence } from "./sequence-kernels.ts";

/** The recurrence of a cell, whose operands have been checked. */
export function recurrence(
  cell: Cell,
  given: RecurrenceInputs,
  { reverse = false, ...options }: RecurrenceOptions,
): RecurrenceOutputs {
  const { length, batch, hidden } = sizesOf(given.projected, cell);
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const [state, history] = [float(batch, hidden), float(length + 1, batch, hidden)];
  const specs = {
    outputs: float(length, batch, hidden),
    h: state,
    hHistory: history,
    c: state,
    cHistory: history,
    gates: float(length, batch, 4 * hidden),
  };
  const { names, values } = present({ ...given });
  const attributes: Attributes = { ...options, cell, reverse, inputs: names };
  const made = outputNames[cell];
  const results = apply(
    recurrenceOp,
    values,
    attributes,
    made.map((name) => specs[name]),
  );
  return byName(made, results);
}

/**
 * An operation of its own, not a `scan`, because its backward loop carries the gates' gradients rather than the hidden state's,
 * which fuses the matmul of step t + 1 with the gates of step t.
 */
const recurrenceOp: Op<Attributes> = {
  name: "recurrence",
  gradient(node, arriving, needed) {
    const { attributes } = node;
    const { cell } = attributes;
    const given = byName<Value, RecurrenceInputs>(attributes.inputs, node.inputs);
    const made = byName<Value, Required<RecurrenceOutputs>>(outputNames[cell], node.outputs);
    const d = byName<Value | undefined, Named<Value>>(outputNames[cell], arriving);
    return recurrenceGradients(attributes, given, made, d, needed);
  },
  ranges({ inputs: [projected], attributes }) {
    const at = attributes.inputs.indexOf("lengths");
    return at < 0 ? [] : [lengthsRange(at, (projected as Value).shape[0] as number)];
  },
  lower({ inputs, outputs, attributes }, to) {
    const { cell, reverse } = attributes;
    const slots = inputs.map((input) => to.stored(input));
    const given = byName<Slot, RecurrenceInputs<Slot>>(attributes.inputs, slots);
    const made = byName<Value, RecurrenceOutputs>(outputNames[cell], outputs);
    const sizes = sizesOf(inputs[0] as Value, cell);
    const state = sizes.batch * sizes.hidden;
    const hHistory = to.output(made.hHistory);
    const cHistory = made.cHistory && to.output(made.cHistory);
    const [start, end] = reverse ? [sizes.length * state, 0] : [0, sizes.length * state];
    const initial = (history: Slot): Slot => ({ ...history, shape: [state], offset: history.offset + start });
    if (given.c0 && cHistory) lowerCopyPair(to, [given.h0, initial(hHistory)], [given.c0, initial(cHistory)]);
    else lowerCopy(to, [state], given.h0, [1], initial(hHistory), [1]);
    lowerForward(to, attributes, sizes, given, { hHistory, cHistory, gates: made.gates && to.output(made.gates) });
    const steps = { ...hHistory, shape: made.outputs.shape, offset: hHistory.offset + (reverse ? 0 : state) };
    if (given.lengths) lowerMaskSteps(to, steps, given.lengths, to.output(made.outputs));
    else to.alias(made.outputs, steps);
    const last = (value: Value, history: Slot) =>
      to.alias(value, { ...history, shape: value.shape, offset: history.offset + end });
    last(made.h, hHistory);
    if (made.c && cHistory) last(made.c, cHistory);
  },
};

interface Histories {
  readonly hHistory: Slot;
  readonly cHistory: Slot | undefined;
  readonly gates: Slot | undefined;
}

/** What is not there is bound all the same, and not read. */
function lowerForward(
  to: Lowering,
  attributes: Attributes,
  sizes: Sizes,
  { projected, weightHh, biasHh, lengths }: RecurrenceInputs<Slot>,
  { hHistory, cHistory, gates }: Histories,
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
