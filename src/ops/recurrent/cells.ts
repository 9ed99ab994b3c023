/** The cells whose steps are kernels, and what a recurrence over a sequence is in one direction. */
import type { Slot } from "../../graph/lowering.ts";
import type { KernelHandle } from "../../kernels/later.ts";

export type Direction = "forward" | "backward";

/** `gru` resets after the recurrent matmul, `gru_before` the state before it. */
export type Cell = "lstm" | "gru" | "gru_before" | "rnn";

/** Gives the kernel `<cell>_<technique>_<direction>`. Each cell has its own, so that a program has those of the cells it uses. */
export type CellKernels = (name: never) => KernelHandle;

interface CellFigures {
  /** Blocks of H rows in the recurrent weights. */
  readonly gates: number;
  /** A product of a step needs all gates of a row: who computes one owns the row. */
  readonly wholeRows: boolean;
  /** By name, where a step has two products of which one needs all of the other. */
  readonly halves?: Readonly<Record<Direction, readonly string[]>>;
  /** Numbers per unit and row that a step reads and writes beside the weights. */
  readonly traffic: Readonly<Record<Direction, number>>;
}

export const cells: Readonly<Record<Cell, CellFigures>> = {
  lstm: { gates: 4, wholeRows: false, traffic: { forward: 12, backward: 17 } },
  gru: { gates: 3, wholeRows: false, traffic: { forward: 9, backward: 17 } },
  gru_before: {
    gates: 3,
    wholeRows: true,
    halves: { forward: ["gates", "candidate"], backward: ["arriving", "reset"] },
    traffic: { forward: 9, backward: 14 },
  },
  rnn: { gates: 1, wholeRows: false, traffic: { forward: 3, backward: 4 } },
};

export interface Sizes {
  /** T. */
  readonly length: number;
  /** B. */
  readonly batch: number;
  /** H. */
  readonly hidden: number;
}

/** What all dispatches of a recurrence in one direction have in common. */
export interface Recurrence extends Sizes {
  readonly cell: Cell;
  readonly kernels: CellKernels;
  readonly direction: Direction;
  /**
   * The forward pass runs from the last time to the first. The histories then hold the initial states in slot T; step t reads
   * slot t + 1 and writes slot t, so that the outputs are slots 0 … T − 1 in the order of time.
   */
  readonly reverse: boolean;
  readonly bind: Readonly<Record<string, Slot>>;
  /** All but `time` and `steps`. */
  readonly params: Readonly<Record<string, number>>;
  /** Names the cell's variant: the activation where it is not tanh, or `plain`. */
  readonly variant?: string | undefined;
}

/** What the choice of a kernel for a step goes by. */
export interface StepShape extends Sizes {
  /** Sums of products for each unit. */
  readonly sums: number;
  /** Of all products of a step. */
  readonly flops: number;
  /** A product needs all sums of a row: who computes one owns the row. */
  readonly wholeRows: boolean;
  /** Of a step that is no single dispatch where none owns a row. */
  readonly halves?: readonly string[] | undefined;
  /** Whether everything can be read as vec4. */
  readonly vectorizes: boolean;
  /** What a kernel that runs all steps may hold in registers; a loop of any other cell has no such kernel. */
  readonly weights?: { readonly gates: number; readonly isHalf: boolean };
}

/** Of a cell with kernels: forward a sum for each gate, backward one in all. */
export function shapeOf({ cell, direction, length, batch, hidden, bind }: Recurrence): StepShape {
  const { gates, wholeRows, halves } = cells[cell];
  return {
    length,
    batch,
    hidden,
    wholeRows,
    halves: halves?.[direction],
    sums: direction === "forward" ? gates : 1,
    flops: 2 * gates * batch * hidden ** 2,
    weights: { gates, isHalf: bind.weight_hh?.dtype === "float16" },
    vectorizes:
      hidden % 4 === 0 && Object.values(bind).every(({ offset, dtype }) => dtype === "int32" || offset % 4 === 0),
  };
}
