/** What a recurrence takes and gives. */
import type { Value } from "../../graph/value.ts";
import { type Cell, type CellKernels, cells, type Sizes } from "./cells.ts";

/** What a recurrence is given. */
export type RecurrenceInputs = {
  /** `[T, B, gates · H]`: x · W_ihᵀ and its bias, and b_hh where that is not given by itself. */
  readonly projected: Value;
  /** [gates · H, H] */
  readonly weightHh: Value;
  /** [B, H] */
  readonly h0: Value;
  /** [B, H], of the LSTM. */
  readonly c0?: Value | undefined;
  /** [gates · H]; LSTM, and GRU with the reset after the matmul. */
  readonly biasHh?: Value | undefined;
  /** int32 [B]: steps of each row. */
  readonly lengths?: Value | undefined;
};

/** What it gives; the histories and gates are for the backward pass. */
export type RecurrenceOutputs = {
  /** [T, B, H]; 0 past a row's end. */
  readonly outputs: Value;
  /** `[B, H]`: the state after each row's last step. */
  readonly h: Value;
  /** `[T + 1, B, H]`: slot 0, or in reverse slot T, is the initial state. */
  readonly hHistory: Value;
  /** Of the LSTM, as h. */
  readonly c?: Value | undefined;
  readonly cHistory?: Value | undefined;
  /**
   * LSTM: i f g o after activation. GRU: r z n, and what r multiplied (reset after) or gave (before). [T, B, 4H]; the RNN has
   * none.
   */
  readonly gates?: Value | undefined;
};

export interface Attributes {
  readonly cell: Cell;
  readonly kernels: CellKernels;
  readonly reverse: boolean;
  /** Of the RNN; tanh where absent. */
  readonly activation?: string;
  readonly negativeSlope?: number;
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
