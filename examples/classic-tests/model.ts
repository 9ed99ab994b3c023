import { type Initializer, nn, type Value } from "seqgrad";
import { type Cell, type Layer, type LayerOptions, makeLayer } from "../shared/cells.ts";
import { type GateStart, gateBias } from "../shared/gates.ts";
import type { Task } from "./tasks/task.ts";

/** What a classic test is put to: [batch, time, features] → [batch, time, hidden], and the state after. */
export interface Remembering extends nn.Module {
  forward(x: Value): readonly [outputs: Value, state: unknown];
}

/** A layer of the library's, started as below. */
export const classicLayer = (cell: Cell, { features }: Task, hidden: number, memory: number): Layer =>
  makeLayer(cell, features, hidden, { initializers: rememberingStart(cell, hidden, memory) });

/** One recurrent layer and a linear one on each of its outputs. */
export class SequenceModel extends nn.Module {
  readonly head: nn.Linear;

  constructor(
    readonly rnn: Remembering,
    hidden: number,
    { outputs }: Task,
  ) {
    super();
    this.head = new nn.Linear(hidden, outputs);
  }

  forward(x: Value): Value {
    return this.head.forward(this.rnn.forward(x)[0]);
  }
}

/** In the order of each cell's rows. */
const gates: Readonly<Record<Cell, readonly GateStart[]>> = {
  rnn: ["neutral"],
  gru: ["neutral", "keep", "neutral"], // r z n
  lstm: ["close", "keep", "neutral", "neutral"], // i f g o
  minGru: ["close", "neutral"], // z h: z is how much is new
  minLstm: ["keep", "close", "neutral"], // f i h
};

/**
 * Every cell's recurrent weights start orthogonal, the best known start of a tanh RNN too (Saxe et al. 2014). The gates
 * start so that units remember for 1 to `memory` steps.
 */
export function rememberingStart(
  cell: Cell,
  hidden: number,
  memory: number,
): Required<Pick<NonNullable<LayerOptions["initializers"]>, "recurrent" | "bias">> {
  // two biases add up in all but the minimal cells, so each starts with half
  const share = cell.startsWith("min") ? 1 : 0.5;
  const start = gateBias(gates[cell], hidden, memory);
  const bias = (): Initializer => ({
    kind: "host",
    make: ([size = 0]) => Float32Array.from({ length: size }, (_, i) => share * start(i)),
  });
  return { recurrent: () => nn.initializers.orthogonal({ blocks: gates[cell].length }), bias };
}
