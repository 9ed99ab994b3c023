/** What tasks share in which a whole sequence is of one class, told after its last step. */
import { int32, losses, reshape, seededRandom, slice } from "seqgrad";
import type { Settings } from "../../settings.ts";
import { largest, type Problem } from "../problem.ts";

export interface Example {
  readonly label: number;
  /** [time, features] */
  readonly features: Float32Array;
}

export interface ClassTask {
  readonly classes: readonly string[];
  readonly time: number;
  readonly features: number;
  /** An example to train on, another at each call. */
  draw(random: () => number): Example;
  /** Never trained on. */
  readonly unseen: readonly Example[];
  labels(features: Float32Array): string[];
  encode(data: unknown): Float32Array;
}

export function classification({ batch, seed }: Settings, task: ClassTask): Problem {
  const { classes, time, features } = task;
  const gather = (examples: readonly Example[]) => {
    const x = new Float32Array(examples.length * time * features);
    for (const [row, example] of examples.entries()) x.set(example.features, row * time * features);
    return { x, y: Int32Array.from(examples, ({ label }) => label) };
  };
  const unseen = Array.from({ length: batch }, (_, i) => task.unseen[i % task.unseen.length] as Example);
  const answer = (outputs: Float32Array, row: number) =>
    largest(outputs, ((row + 1) * time - 1) * classes.length, classes.length);
  return {
    input: { features },
    outputs: classes.length,
    time,
    target: (rows) => int32([rows]),
    batch(step) {
      const random = seededRandom(seed, step + 1);
      return gather(Array.from({ length: batch }, () => task.draw(random)));
    },
    validation: gather(unseen),
    loss(outputs, y) {
      const [rows] = outputs.shape as [number];
      return losses.crossEntropy(reshape(slice(outputs, 1, time - 1, time), [rows, classes.length]), y);
    },
    baseline: Math.log(classes.length),
    accuracy: (outputs, y) => y.filter((label, row) => answer(outputs, row) === label).length / y.length,
    show: (outputs, { y }) => ({
      kind: "answers",
      answers: Array.from(y.subarray(0, 8), (label, row) => ({
        given: `example ${row + 1}`,
        answer: classes[answer(outputs, row)] as string,
        wanted: classes[label] as string,
        isRight: answer(outputs, row) === label,
      })),
    }),
    labels: ({ x }, row) => task.labels(x.slice(row * time * features, (row + 1) * time * features) as Float32Array),
    classes,
    encode: (data) => task.encode(data),
  };
}
