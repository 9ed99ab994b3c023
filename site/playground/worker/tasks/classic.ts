import { seededRandom } from "seqgrad";
import { makeTask } from "../../../../examples/classic-tests/tasks/index.ts";
import type { Task } from "../../../../examples/classic-tests/tasks/task.ts";
import type { Answer, Sample } from "../../protocol.ts";
import type { Settings } from "../../settings.ts";
import { type Batch, largest, type Problem } from "../problem.ts";

/** Symbols to copy: five are as hard to remember as ten, and sooner learned. */
const symbols = 5;
/** The seed of the sequences that are never trained on. */
const evaluationSeed = 0x5eed;
const shown = 6;

/** The classic tests of memory: sequences are made anew at each step. */
export function classic({ task: name, batch, length, seed }: Settings): Problem {
  const task = makeTask(name as Task["name"], symbols);
  const time = task.span(length);
  return {
    input: { features: task.features },
    outputs: task.outputs,
    time,
    ...(task.name === "copy" && { answerFrom: time - symbols }),
    target: (rows) => task.targetSpec(rows, length),
    batch: (step) => task.make(seededRandom(seed, step + 1), batch, length),
    validation: task.make(seededRandom(evaluationSeed), batch, length),
    loss: (outputs, y) => task.loss(outputs, y),
    baseline: task.baseline(length),
    accuracy: (outputs, y) => task.accuracy(outputs, y, length),
    show: (outputs, made) => showers[task.name](task, time, outputs, made),
    labels: ({ x }, row) =>
      Array.from({ length: time }, (_, t) =>
        labelOf(task, Array.from(x.subarray((row * time + t) * task.features, (row * time + t + 1) * task.features))),
      ),
  };
}

function labelOf({ name }: Task, features: number[]): string {
  if (name === "adding") return `${(features[0] as number).toFixed(2)}${features[1] ? "*" : ""}`;
  if (name === "parity") return (features[0] as number) > 0 ? "1" : "0";
  const kind = largest(features, 0, features.length);
  if (name === "copy") return kind < 8 ? "ABCDEFGH".charAt(kind) : kind === 8 ? "·" : "→";
  return kind < 8 ? "ABCDEFGH".charAt(kind) : kind < 16 ? "stuvwxyz".charAt(kind - 8) : "?";
}

type Show = (task: Task, time: number, outputs: Float32Array, batch: Batch) => Sample;
const rowsOf = (time: number, { x }: Batch, features: number) => Math.min(shown, x.length / features / time);
const answers = (rows: number, of: (row: number) => Answer): Sample => ({
  kind: "answers",
  answers: Array.from({ length: rows }, (_, row) => of(row)),
});
const letter = (kind: number) => "ABCDEFGH·".charAt(kind);

const showers: Readonly<Record<Task["name"], Show>> = {
  adding: (task, time, outputs, batch) =>
    answers(rowsOf(time, batch, task.features), (row) => {
      const marked: number[] = [];
      for (let t = 0; t < time; t++) {
        const at = (row * time + t) * 2;
        if (batch.x[at + 1]) marked.push(batch.x[at] as number);
      }
      const [answer, wanted] = [outputs[(row + 1) * time - 1] as number, batch.y[row] as number];
      return {
        given: marked.map((value) => value.toFixed(2)).join(" + "),
        answer: answer.toFixed(2),
        wanted: wanted.toFixed(2),
        isRight: Math.abs(answer - wanted) < 0.04,
      };
    }),
  copy: (task, time, outputs, batch) =>
    answers(rowsOf(time, batch, task.features), (row) => {
      const places = Array.from({ length: symbols }, (_, i) => row * time + time - symbols + i);
      const wanted = places.map((at) => letter(batch.y[at] as number)).join("");
      const answer = places.map((at) => letter(largest(outputs, at * task.outputs, task.outputs))).join("");
      return { given: wanted, answer, wanted, isRight: answer === wanted };
    }),
  parity: (task, time, outputs, batch) =>
    answers(rowsOf(time, batch, task.features), (row) => {
      const cut = Array.from({ length: Math.min(time, 24) }, (_, t) => row * time + t);
      const answer = cut.map((at) => Number((outputs[at] as number) > 0)).join("");
      const wanted = cut.map((at) => batch.y[at]).join("");
      const given = cut.map((at) => Number((batch.x[at] as number) > 0)).join("");
      return { given, answer, wanted, isRight: answer === wanted };
    }),
  recall: (task, time, outputs, batch) =>
    answers(rowsOf(time, batch, task.features), (row) => {
      const answer = letter(largest(outputs, ((row + 1) * time - 1) * task.outputs, task.outputs));
      const wanted = letter(batch.y[row] as number);
      return { given: `${wanted} and ${time - 2} others`, answer, wanted, isRight: answer === wanted };
    }),
};
