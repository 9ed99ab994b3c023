import { float32, losses, slice } from "seqgrad";
import { taskFacts } from "../help.mjs";
import { below, type Task } from "./task.ts";

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): of `length` numbers from [0, 1) two are marked, one in each half;
 * after the last one their sum is asked for. Who always answers 1 has a mean squared error of 1/6.
 */
export const adding: Task = {
  name: "adding",
  ...taskFacts.adding,
  features: 2,
  outputs: 1,
  span: (length) => length,
  memory: (length) => length,
  curriculum: () => [],
  longer: () => [],
  targetSpec: (batch) => float32([batch, 1, 1]),
  make(random, batch, length) {
    const x = new Float32Array(batch * length * 2);
    const y = new Float32Array(batch);
    const half = Math.floor(length / 2);
    for (let row = 0; row < batch; row++) {
      const marked = [below(random, half), half + below(random, length - half)];
      for (let t = 0; t < length; t++) {
        const value = random();
        const at = (row * length + t) * 2;
        x[at] = value;
        if (!marked.includes(t)) continue;
        x[at + 1] = 1;
        y[row] = (y[row] as number) + value;
      }
    }
    return { x, y };
  },
  loss(outputs, y) {
    const steps = outputs.shape[1] as number;
    return losses.meanSquaredError(slice(outputs, 1, steps - 1, steps), y);
  },
  baseline: () => 1 / 6,
  // the paper's criterion
  accuracy(outputs, y, length) {
    const right = y.filter(
      (sum: number, row: number) => Math.abs((outputs[(row + 1) * length - 1] as number) - sum) < 0.04,
    );
    return right.length / y.length;
  },
  learned: (loss) => loss < 0.005,
};
