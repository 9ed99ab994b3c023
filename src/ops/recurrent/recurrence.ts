/** A recurrence over a whole sequence as one operation, forward and backward, for every cell that has kernels. */
import type { Lowering, Op, Slot } from "../../graph/op.ts";
import { stridesOf } from "../../graph/shape.ts";
import { apply, type Value } from "../../graph/value.ts";
import { add } from "../elementwise/elementwise.ts";
import { lowerCopy, lowerCopyPair, lowerFill } from "../layout/copy.ts";
import { concat, full, reshape, slice } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { sum } from "../rows/reduce.ts";
import { type Cell, cells, type Sizes } from "./cells.ts";
import { ofEmptyRows, takeLast } from "./lengths.ts";
import { lengthsRange, lowerMaskSteps } from "./reverse-sequence.ts";
import { lowerRecurrence } from "./sequence-kernels.ts";

/** What a recurrence is given. */
export interface RecurrenceInputs<T = Value> {
  /** [T, B, gates · H]: x · W_ihᵀ and its bias, and b_hh where that is not given by itself. */
  readonly projected: T;
  /** [gates · H, H] */
  readonly weightHh: T;
  /** [B, H] */
  readonly h0: T;
  /** [B, H], of the LSTM. */
  readonly c0?: T | undefined;
  /** [gates · H]; LSTM, and GRU with the reset after the matmul. */
  readonly biasHh?: T | undefined;
  /** int32 [B]: steps of each row. */
  readonly lengths?: T | undefined;
}

/** What it gives; the histories and gates are for the backward pass. */
export interface RecurrenceOutputs<T = Value> {
  /** [T, B, H]; 0 past a row's end. */
  readonly outputs: T;
  /** [B, H]: the state after each row's last step. */
  readonly h: T;
  /** [T + 1, B, H]: slot 0, or in reverse slot T, is the initial state. */
  readonly hHistory: T;
  readonly c?: T;
  readonly cHistory?: T;
  /** LSTM: i f g o after activation. GRU: r z n, and what r multiplied (reset after) or gave (before). [T, B, 4H] */
  readonly gates?: T;
}

export interface RecurrenceOptions {
  readonly reverse?: boolean;
  /** Of the RNN; tanh where absent. */
  readonly activation?: string;
  readonly negativeSlope?: number;
}

type Named<T> = Partial<Record<string, T>>;

interface Attributes extends RecurrenceOptions {
  readonly cell: Cell;
  readonly reverse: boolean;
  /** The inputs' names, in their order. */
  readonly inputs: readonly string[];
}

const outputNames: Readonly<Record<Cell, readonly (keyof RecurrenceOutputs)[]>> = {
  lstm: ["outputs", "h", "hHistory", "c", "cHistory", "gates"],
  gru: ["outputs", "h", "hHistory", "gates"],
  gru_before: ["outputs", "h", "hHistory", "gates"],
  rnn: ["outputs", "h", "hHistory"],
};

const byName = <T, N>(names: readonly string[], values: readonly T[]): N =>
  Object.fromEntries(names.map((name, i) => [name, values[i]])) as N;

/** The values there are, with their names, in the form that `apply` takes. */
function present(given: Named<Value>): { names: string[]; values: Value[] } {
  const entries = Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return { names: entries.map(([name]) => name), values: entries.map(([, value]) => value) };
}

const sizesOf = (projected: Value, cell: Cell): Sizes => {
  const [length, batch, width] = projected.shape as readonly [number, number, number];
  return { length, batch, hidden: width / cells[cell].gates };
};

/** The recurrence of a cell, whose operands have been checked. */
export function recurrence(
  cell: Cell,
  given: RecurrenceInputs,
  { reverse = false, ...options }: RecurrenceOptions = {},
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
    const back = backward(attributes, given, made, d);
    const gradient: Readonly<Record<string, () => Value | undefined>> = {
      projected: () => back.dProjected,
      weightHh: () => weightGradient(attributes, made, back),
      h0: () => stateGradient(attributes, given, back, d.h),
      c0: () => back.dC,
      biasHh: () => back.dGates && sum(back.dGates, [0, 1]),
      lengths: () => undefined,
    };
    return attributes.inputs.map((name, i) => (needed[i] ? gradient[name]?.() : undefined));
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

const variantOf = ({ activation }: Attributes) => (activation === "tanh" ? undefined : activation);

const commonParams = ({ cell, reverse, negativeSlope = 0 }: Attributes, { length, batch, hidden }: Sizes) => ({
  batch_size: batch,
  hidden_size: hidden,
  seq_len: length,
  reverse: reverse ? 1 : 0,
  ...(cell === "rnn" ? { negative_slope: negativeSlope } : {}),
});

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
