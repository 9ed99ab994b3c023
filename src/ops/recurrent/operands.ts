/** What a recurrence takes and gives, by name: an operation has lists. */
import type { Value } from "../../graph/value.ts";
import { type Cell, type CellKernels, cells, type Sizes } from "./cells.ts";

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
  readonly kernels: CellKernels;
  readonly reverse?: boolean;
  /** Of the RNN; tanh where absent. */
  readonly activation?: string;
  readonly negativeSlope?: number;
}

export type Named<T> = Partial<Record<string, T>>;

export interface Attributes extends RecurrenceOptions {
  readonly cell: Cell;
  readonly reverse: boolean;
  /** The inputs' names, in their order. */
  readonly inputs: readonly string[];
}

export const outputNames: Readonly<Record<Cell, readonly (keyof RecurrenceOutputs)[]>> = {
  lstm: ["outputs", "h", "hHistory", "c", "cHistory", "gates"],
  gru: ["outputs", "h", "hHistory", "gates"],
  gru_before: ["outputs", "h", "hHistory", "gates"],
  rnn: ["outputs", "h", "hHistory"],
};

export const byName = <T, N>(names: readonly string[], values: readonly T[]): N =>
  Object.fromEntries(names.map((name, i) => [name, values[i]])) as N;

/** The values there are, with their names, in the form that `apply` takes. */
export function present(given: Named<Value>): { names: string[]; values: Value[] } {
  const entries = Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return { names: entries.map(([name]) => name), values: entries.map(([, value]) => value) };
}

export const sizesOf = (projected: Value, cell: Cell): Sizes => {
  const [length, batch, width] = projected.shape as readonly [number, number, number];
  return { length, batch, hidden: width / cells[cell].gates };
};

export const variantOf = ({ activation }: Attributes) => (activation === "tanh" ? undefined : activation);

export const commonParams = ({ cell, reverse, negativeSlope = 0 }: Attributes, { length, batch, hidden }: Sizes) => ({
  batch_size: batch,
  hidden_size: hidden,
  seq_len: length,
  reverse: reverse ? 1 : 0,
  ...(cell === "rnn" ? { negative_slope: negativeSlope } : {}),
});
