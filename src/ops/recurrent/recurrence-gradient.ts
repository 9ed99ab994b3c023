/** The backward pass of a recurrence: its steps in kernels, then what sums over all of them. */

import { apply } from "../../graph/apply.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { forEachNamed } from "../../graph/named.ts";
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
  commonParams,
  type RecurrenceInputs,
  type RecurrenceOutputs,
  sizesOf,
  variantOf,
} from "./operands.ts";
import { lowerRecurrence } from "./ways.ts";

/** What the backward pass gives. */
type BackwardOutputs = {
  /** `[T, B, gates · H]`: the gradients before the gates' activation. Where these are those of h · W_hhᵀ too, `dGates` has both. */
  readonly dProjected: Value | undefined;
  /** Of h · W_hhᵀ, where that is one product. */
  readonly dGates: Value | undefined;
  /** [B, H], of the GRU: gradient of h0 past the matmuls. */
  readonly dH: Value | undefined;
  /** [B, H], of c0. */
  readonly dC: Value | undefined;
};

/** The same, of which `dProjected` is always there. */
type Derived = BackwardOutputs & { readonly dProjected: Value };

/** What it reads; `dOutputs`, `dHLast` and `dCLast` as far as they arrive. */
type BackwardInputs = {
  readonly weightHh: Value;
  readonly hHistory: Value | undefined;
  readonly cHistory: Value | undefined;
  readonly gates: Value | undefined;
  readonly lengths: Value | undefined;
  readonly dOutputs: Value | undefined;
  readonly dHLast: Value | undefined;
  readonly dCLast: Value | undefined;
};

const GIVES: Readonly<Record<Cell, readonly (keyof BackwardOutputs)[]>> = {
  lstm: ["dGates", "dC"],
  gru: ["dProjected", "dH", "dGates"],
  gru_before: ["dProjected", "dH"],
  rnn: ["dGates"],
};

type RecurrenceOp = Op<Attributes, RecurrenceInputs, RecurrenceOutputs>;

export const recurrenceGradients: NonNullable<RecurrenceOp["gradient"]> = (
  { inputs: given, outputs: made, attributes },
  arriving,
) => {
  const { cell } = attributes;
  const { projected, weightHh, h0, lengths } = given;
  const specs = { dProjected: projected, dGates: projected, dH: h0, dC: h0 };
  const gives = (name: keyof BackwardOutputs) => (GIVES[cell].includes(name) ? specs[name] : undefined);
  const back = apply(
    backwardOp,
    {
      weightHh,
      // the LSTM's steps read the cell states alone
      hHistory: cell === "lstm" ? undefined : made.hHistory,
      cHistory: made.cHistory,
      gates: made.gates,
      lengths,
      dOutputs: arriving.outputs,
      dHLast: arriving.h,
      dCLast: arriving.c,
    },
    attributes,
    { dProjected: gives("dProjected"), dH: gives("dH"), dGates: gives("dGates"), dC: gives("dC") },
  );
  const d: Derived = { ...back, dProjected: (back.dProjected ?? back.dGates) as Value };
  return {
    projected: d.dProjected,
    weightHh: () => weightGradient(attributes, made, d),
    h0: () => stateGradient(attributes, given, d, arriving.h),
    c0: d.dC,
    biasHh: () => d.dGates && sum(d.dGates, [0, 1]),
  };
};

const backwardOp: Op<Attributes, BackwardInputs, BackwardOutputs> = {
  name: "recurrenceBackward",
  lower({ inputs, outputs, attributes }, to) {
    const { cell, reverse } = attributes;
    const given = forEachNamed(inputs, (value) => to.stored(value));
    const made = to.rooms(outputs);
    // these hold the gradient of the final state when the steps begin
    if (made.dC) lowerStart(to, given.dCLast, made.dC);
    if (made.dH) lowerStart(to, given.dHLast, made.dH);
    const { weightHh, dOutputs, lengths } = given;
    const bind = present({
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
    });
    const sizes = sizesOf((outputs.dProjected ?? outputs.dGates) as Value, cell);
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

const present = (slots: Readonly<Record<string, Slot | undefined>>): Record<string, Slot> =>
  Object.fromEntries(Object.entries(slots).filter((entry): entry is [string, Slot] => entry[1] !== undefined));

const rowsOf = (x: Value): Value => reshape(x, [-1, x.shape.at(-1) as number]);

const part = (x: Value, from: number, to: number, hidden: number) => slice(x, x.rank - 1, from * hidden, to * hidden);

function weightGradient(
  { cell, reverse }: Attributes,
  { hHistory, gates }: RecurrenceOutputs,
  { dProjected, dGates }: Derived,
): Value {
  const { length, hidden } = sizesOf(dProjected, cell);
  const states = rowsOf(slice(hHistory, 0, reverse ? 1 : 0, length + (reverse ? 1 : 0)));
  if (dGates) return matmul(rowsOf(dGates), states, { transposeA: true });
  // r and z saw the state, the candidate saw r ∘ h
  const ofGates = matmul(rowsOf(part(dProjected, 0, 2, hidden)), states, { transposeA: true });
  const reset = rowsOf(part(gates as Value, 3, 4, hidden));
  return concat([ofGates, matmul(rowsOf(part(dProjected, 2, 3, hidden)), reset, { transposeA: true })]);
}

function stateGradient(
  { cell, reverse }: Attributes,
  { weightHh, lengths }: RecurrenceInputs,
  { dProjected, dGates, dH }: Derived,
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
