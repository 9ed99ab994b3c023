/** The backward pass of a recurrence: its steps in kernels, then what sums over all of them. */

import { apply } from "../../graph/apply.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { add } from "../elementwise/elementwise.ts";
import { lowerCopy, lowerFill } from "../layout/copy.ts";
import { concat, full, reshape, slice } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { sum } from "../rows/reduce.ts";
import type { Cell } from "./cells.ts";
import { ofEmptyRows, takeLast } from "./lengths.ts";
import {
  type Attributes,
  byName,
  commonParams,
  type Named,
  present,
  type RecurrenceInputs,
  type RecurrenceOutputs,
  sizesOf,
  variantOf,
} from "./operands.ts";
import { lowerRecurrence } from "./sequence-kernels.ts";

/** What the backward pass gives. */
interface BackwardOutputs<T = Value> {
  /** [T, B, gates · H]: the gradients before the gates' activation. */
  readonly dProjected: T;
  /** Likewise of h · W_hhᵀ, where that is one product: the same but for the GRU. */
  readonly dGates?: T | undefined;
  /** [B, H], of the GRU: gradient of h0 past the matmuls. */
  readonly dH?: T | undefined;
  /** [B, H], of c0. */
  readonly dC?: T | undefined;
}

const backwardNames: Readonly<Record<Cell, readonly (keyof BackwardOutputs)[]>> = {
  lstm: ["dGates", "dC"],
  gru: ["dProjected", "dH", "dGates"],
  gru_before: ["dProjected", "dH"],
  rnn: ["dGates"],
};

/** The gradients of a recurrence's inputs, in their order; undefined where none is needed. */
export function recurrenceGradients(
  attributes: Attributes,
  given: RecurrenceInputs,
  made: Required<RecurrenceOutputs>,
  arriving: Named<Value>,
  needed: readonly boolean[],
): (Value | undefined)[] {
  const back = backward(attributes, given, made, arriving);
  const gradient: Readonly<Record<string, () => Value | undefined>> = {
    projected: () => back.dProjected,
    weightHh: () => weightGradient(attributes, made, back),
    h0: () => stateGradient(attributes, given, back, arriving.h),
    c0: () => back.dC,
    biasHh: () => back.dGates && sum(back.dGates, [0, 1]),
    lengths: () => undefined,
  };
  return attributes.inputs.map((name, i) => (needed[i] ? gradient[name]?.() : undefined));
}

function backward(
  attributes: Attributes,
  { projected, weightHh, h0, lengths }: RecurrenceInputs,
  { hHistory, cHistory, gates }: Required<RecurrenceOutputs>,
  d: Named<Value>,
): BackwardOutputs {
  const { cell } = attributes;
  const seen = {
    lstm: { cHistory, gates },
    gru: { hHistory, gates },
    gru_before: { hHistory, gates },
    rnn: { hHistory },
  };
  const { names, values } = present({
    weightHh,
    ...seen[cell],
    lengths,
    dOutputs: d.outputs,
    dHLast: d.h,
    dCLast: d.c,
  });
  const made = backwardNames[cell];
  const specs = { dProjected: projected, dGates: projected, dH: h0, dC: h0 };
  const results = apply(
    backwardOp,
    values,
    { ...attributes, inputs: names },
    made.map((name) => specs[name]),
  );
  const outputs = byName<Value, BackwardOutputs>(made, results);
  return { ...outputs, dProjected: outputs.dProjected ?? (outputs.dGates as Value) };
}

/** Inputs by name; outputs as `backwardNames` has them. */
const backwardOp: Op<Attributes> = {
  name: "recurrenceBackward",
  lower({ inputs, outputs, attributes }, to) {
    const { cell, reverse } = attributes;
    const slots = inputs.map((input) => to.stored(input));
    const given = byName<Slot, Named<Slot>>(attributes.inputs, slots);
    const made = byName<Slot, BackwardOutputs<Slot>>(
      backwardNames[cell],
      outputs.map((output) => to.output(output)),
    );
    // these hold the gradient of the final state when the steps begin
    if (made.dC) lowerStart(to, given.dCLast, made.dC);
    if (made.dH) lowerStart(to, given.dHLast, made.dH);
    const { dOutputs, lengths } = given;
    const weightHh = given.weightHh as Slot;
    const bound: Named<Slot> = {
      weight_hh: weightHh,
      gates: given.gates,
      h_history: given.hHistory,
      c_history: given.cHistory,
      d_hs: dOutputs ?? weightHh,
      d_h_last: made.dH ? undefined : (given.dHLast ?? weightHh),
      lengths: lengths ?? weightHh,
      d_h: made.dH,
      d_c: made.dC,
      d_projected: made.dGates && made.dProjected,
      d_gates: made.dGates ?? made.dProjected,
    };
    const bind = Object.fromEntries(
      Object.entries(bound).filter((entry): entry is [string, Slot] => entry[1] !== undefined),
    );
    const sizes = sizesOf(outputs[0] as Value, cell);
    lowerRecurrence(to, {
      ...sizes,
      cell,
      kernels: attributes.kernels,
      direction: "backward",
      reverse,
      variant: variantOf(attributes),
      bind,
      params: {
        ...commonParams(attributes, sizes),
        has_d_hs: dOutputs ? 1 : 0,
        ...(made.dH ? {} : { has_d_h_last: given.dHLast ? 1 : 0 }),
        has_lengths: lengths ? 1 : 0,
      },
    });
  },
};

function lowerStart(to: Lowering, from: Slot | undefined, state: Slot): void {
  const strides = stridesOf(state.shape);
  if (from) lowerCopy(to, state.shape, from, strides, state, strides);
  else lowerFill(to, state, 0);
}

const rowsOf = (x: Value): Value => {
  const [length, batch, width] = x.shape as [number, number, number];
  return reshape(x, [length * batch, width]);
};

const part = (x: Value, from: number, to: number, hidden: number) => slice(x, x.rank - 1, from * hidden, to * hidden);

function weightGradient(
  { cell, reverse }: Attributes,
  { hHistory, gates }: Required<RecurrenceOutputs>,
  { dProjected, dGates }: BackwardOutputs,
): Value {
  const { length, hidden } = sizesOf(dProjected, cell);
  const states = rowsOf(slice(hHistory, 0, reverse ? 1 : 0, length + (reverse ? 1 : 0)));
  if (dGates) return matmul(rowsOf(dGates), states, { transposeA: true });
  // r and z saw the state, the candidate saw r ∘ h
  const ofGates = matmul(rowsOf(part(dProjected, 0, 2, hidden)), states, { transposeA: true });
  const reset = rowsOf(part(gates, 3, 4, hidden));
  return concat([ofGates, matmul(rowsOf(part(dProjected, 2, 3, hidden)), reset, { transposeA: true })]);
}

function stateGradient(
  { cell, reverse }: Attributes,
  { weightHh, lengths }: RecurrenceInputs,
  { dProjected, dGates, dH }: BackwardOutputs,
  dHLast: Value | undefined,
): Value {
  const { length, batch, hidden } = sizesOf(dProjected, cell);
  // of the step that came first: in reverse each row's own last one
  const first = (x: Value) => {
    const width = x.shape[2] as number;
    if (reverse && lengths) return takeLast(x, lengths, full([batch, width], 0));
    const at = reverse ? length - 1 : 0;
    return reshape(slice(x, 0, at, at + 1), [batch, width]);
  };
  const throughStep = dGates
    ? matmul(first(dGates), weightHh)
    : matmul(part(first(dProjected), 0, 2, hidden), slice(weightHh, 0, 0, 2 * hidden));
  if (dH) return add(dH, throughStep);
  // of a row without steps the final state is the initial one
  return lengths && dHLast ? add(throughStep, ofEmptyRows(dHLast, lengths)) : throughStep;
}
