import { float32, losses } from "seqgrad";
import { taskFacts } from "../help.mjs";
import { below, type Task } from "./task.ts";

/**
 * Running parity: after each of up to `length` bits, whether the ones so far are odd in number. One bit of state, but the
 * whole past counts, and no linear recurrence with positive factors can do it. Guessing has a cross-entropy of ln 2.
 */
export const parity: Task = {
  name: "parity",
  ...taskFacts.parity,
  features: 1,
  outputs: 1,
  span: (length) => length,
  memory: () => 0,
  // every prefix of a sequence is a sequence, but long ones are hard to begin with
  curriculum: (length) => [4, 10].filter((shorter) => shorter < length),
  longer: (length) => [2 * length, 5 * length],
  targetSpec: (batch, length) => float32([batch, length, 1]),
  make(random, batch, length) {
    const x = new Float32Array(batch * length);
    const y = new Float32Array(batch * length);
    for (let row = 0; row < batch; row++) {
      let odd = 0;
      for (let i = row * length; i < (row + 1) * length; i++) {
        const bit = below(random, 2);
        odd ^= bit;
        // −1 and 1: as strong an input for a zero as for a one
        x[i] = 2 * bit - 1;
        y[i] = odd;
      }
    }
    return { x, y };
  },
  loss: losses.binaryCrossEntropy,
  baseline: () => Math.LN2,
  accuracy(outputs, y) {
    const right = y.filter((odd: number, i: number) => (outputs[i] as number) > 0 === (odd === 1));
    return right.length / y.length;
  },
  learned: (loss, accuracy) => loss < 0.01 && accuracy > 0.999,
};
