import { type Initializer, nn, type Shape, type Value } from "seqgrad";
import { type Cell, type Layer, makeLayer } from "../shared/cells.ts";
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

const gates: Partial<Record<Cell, number>> = { rnn: 1, gru: 3, lstm: 4 };

/**
 * Every cell's recurrent weights start orthogonal, the best known start of a tanh RNN too (Saxe et al. 2014). The gates
 * that keep the state start so that units remember for 1 to `memory` steps (Tallec and Ollivier 2018), or with a bias of 1
 * where the task says nothing of its memory. The minimal cells have no recurrent weights and start as they are.
 */
function initializersOf(cell: Cell, hidden: number, memory: number): nn.RecurrentOptions["initializers"] & object {
  const recurrent = () => nn.initializers.orthogonal({ blocks: gates[cell] ?? 1 });
  if (cell === "rnn") return { recurrent, bias: () => nn.initializers.zero };
  const keep = (unit: number) => (memory < 2 ? 1 : Math.log(1 + ((memory - 2) * unit) / Math.max(1, hidden - 1)));
  // LSTM: i f g o; its input gate starts as closed as its forget gate is open. GRU: r z n.
  const start = (gate: number, unit: number) => {
    if (gate === 1) return keep(unit);
    return cell === "lstm" && gate === 0 && memory >= 2 ? -keep(unit) : 0;
  };
  const bias = (_: Shape): Initializer => ({
    kind: "host",
    // both biases add up, so each starts with half
    make: ([size = 0]) => Float32Array.from({ length: size }, (_, i) => start(Math.floor(i / hidden), i % hidden) / 2),
  });
  return { recurrent, bias };
}
