import { int32, losses, reshape, slice } from "seqgrad";
import { taskFacts } from "../help.mjs";
import { below, largest, type Task } from "./task.ts";

const keys = 8;
const distractors = 8;
/** Inputs: the keys, the distractors, "which key was it?". */
const features = keys + distractors + 1;

/**
 * Long-range recall: one of eight keys, then `length` random distractors of other kinds, then the question which key it
 * was. Guessing has a cross-entropy of ln 8.
 */
export const recall: Task = {
  name: "recall",
  ...taskFacts.recall,
  features,
  outputs: keys,
  span: (length) => length + 2,
  memory: (length) => length,
  curriculum: () => [],
  longer: () => [],
  targetSpec: (batch) => int32([batch]),
  make(random, batch, length) {
    const steps = length + 2;
    const x = new Float32Array(batch * steps * features);
    const y = new Int32Array(batch);
    for (let row = 0; row < batch; row++) {
      const set = (t: number, kind: number) => {
        x[(row * steps + t) * features + kind] = 1;
      };
      y[row] = below(random, keys);
      set(0, y[row] as number);
      for (let t = 1; t <= length; t++) set(t, keys + below(random, distractors));
      set(length + 1, features - 1);
    }
    return { x, y };
  },
  loss(outputs, y) {
    const [batch, steps] = outputs.shape as [number, number];
    return losses.crossEntropy(reshape(slice(outputs, 1, steps - 1, steps), [batch, keys]), y);
  },
  baseline: () => Math.log(keys),
  accuracy(outputs, y, length) {
    const right = y.filter((key: number, row: number) => {
      const last = (row + 1) * (length + 2) - 1;
      return largest(outputs, last * keys, keys) === key;
    });
    return right.length / y.length;
  },
  learned: (loss, accuracy) => loss < 0.02 && accuracy > 0.999,
};
