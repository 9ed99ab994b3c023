import { type Initializer, nn, type Value } from "seqgrad";
import { type Cell, type Layer, type LayerOptions, makeLayer } from "../shared/cells.ts";
import type { Task } from "./tasks/task.ts";

/** One recurrent layer and a linear one on each of its outputs. */
export class SequenceModel extends nn.Module {
  readonly rnn: Layer;
  readonly head: nn.Linear;

  constructor(cell: Cell, { features, outputs }: Task, hidden: number, memory: number) {
    super();
    this.rnn = makeLayer(cell, features, hidden, { initializers: initializersOf(cell, hidden, memory) });
    this.head = new nn.Linear(hidden, outputs);
  }

  forward(x: Value): Value {
    return this.head.forward(this.rnn.forward(x)[0]);
  }
}

/** What a gate's bias begins with: to keep the state, to let nothing new in, neither. */
type GateStart = "keep" | "close" | "neutral";

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
 * that keep the state start so that units remember for 1 to `memory` steps (Tallec and Ollivier 2018), or with a bias of 1
 * where the task says nothing of its memory.
 */
function initializersOf(cell: Cell, hidden: number, memory: number): NonNullable<LayerOptions["initializers"]> {
  const keep = (unit: number) => (memory < 2 ? 1 : Math.log(1 + ((memory - 2) * unit) / Math.max(1, hidden - 1)));
  const close = (unit: number) => (memory < 2 ? 0 : -keep(unit));
  // two biases add up in all but the minimal cells, so each starts with half
  const share = cell.startsWith("min") ? 1 : 0.5;
  const start = (i: number) => {
    const gate = gates[cell][Math.floor(i / hidden)];
    if (gate === "neutral") return 0;
    return share * (gate === "keep" ? keep(i % hidden) : close(i % hidden));
  };
  const bias = (): Initializer => ({
    kind: "host",
    make: ([size = 0]) => Float32Array.from({ length: size }, (_, i) => start(i)),
  });
  return { recurrent: () => nn.initializers.orthogonal({ blocks: gates[cell].length }), bias };
}
