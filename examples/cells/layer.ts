import { nn, type Tree, transpose, type Value } from "seqgrad";
import { classicLayer, type Remembering } from "../classic-tests/model.ts";
import type { Task } from "../classic-tests/tasks/task.ts";
import type { Cell } from "./cell.ts";
import { known } from "./help.mjs";
import type { CellName } from "./options.ts";
import { zoo } from "./zoo/index.ts";

/** A cell of the zoo with the axes of a layer: [batch, time, input] → [batch, time, hidden]. */
export class BatchFirst extends nn.Module implements Remembering {
  constructor(readonly cell: Cell<Tree>) {
    super();
  }

  forward(x: Value): [outputs: Value, state: Tree] {
    const [ys, state] = this.cell.forward(transpose(x, 0, 1));
    return [transpose(ys, 0, 1), state];
  }
}

/** A cell by its name, the library's or one of the zoo. */
export function makeCell(name: CellName, task: Task, hidden: number, memory: number): Remembering {
  const own = known.find((each) => each === name);
  if (own) return classicLayer(own, task, hidden, memory);
  return new BatchFirst(new zoo[name as keyof typeof zoo](task.features, hidden, memory));
}
