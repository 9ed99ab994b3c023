import { int32, losses, seededRandom } from "seqgrad";
import { heldOutDate, isoLength, sourceLength, trainingDate, type Written } from "../../../../examples/dates/dates.ts";
import { ExerciseFormat } from "../../../../examples/shared/exercises.ts";
import type { Settings } from "../../settings.ts";
import { type Batch, largest, type Problem } from "../problem.ts";

/** All that a date is written with, and the sign behind which the answer begins. */
const characters = "0123456789abcdefghijklmnopqrstuvwxyz,-./'>";
const heldOutSeed = 0x5eed;

/** Reads a date as people write it, then writes it as ISO 8601 does: only what it writes counts. */
export function dates({ batch, seed }: Settings): Problem {
  const format = new ExerciseFormat(characters, sourceLength + 1, isoLength);
  const encode = (written: readonly Written[]): Batch => {
    const { tokens, targets } = format.encode(
      written.map(({ source, iso }) => ({ question: `${source.toLowerCase()}>`, answer: iso })),
    );
    return { x: tokens, y: targets };
  };
  const drawn = (random: () => number, draw: (random: () => number) => Written) =>
    Array.from({ length: batch }, () => draw(random));
  const unseen = drawn(seededRandom(heldOutSeed), heldOutDate);
  const size = format.tokenizer.characters.length;
  const { length, questionLength } = format;
  const written = (outputs: Float32Array, row: number) =>
    Array.from({ length: isoLength }, (_, i) =>
      format.tokenizer.decode([largest(outputs, (row * length + questionLength - 1 + i) * size, size)]),
    ).join("");
  return {
    input: { tokens: size },
    outputs: size,
    time: length,
    // the sign behind which the answer begins
    answerFrom: questionLength - 1,
    target: (rows) => int32([rows, length]),
    batch: (step) => encode(drawn(seededRandom(seed, step + 1), trainingDate)),
    validation: encode(unseen),
    loss: (outputs, y) => losses.crossEntropy(outputs, y, { ignoreIndex: -1 }),
    // whole dates, each sign written behind those that are right
    accuracy: (outputs) => unseen.filter(({ iso }, row) => written(outputs, row) === iso).length / unseen.length,
    show: (outputs) => ({
      kind: "answers",
      answers: unseen.slice(0, 6).map(({ source, iso }, row) => {
        const answer = written(outputs, row);
        return { given: source, answer, wanted: iso, isRight: answer === iso };
      }),
    }),
    labels: ({ x }, row) =>
      Array.from(x.subarray(row * length, (row + 1) * length), (token) => format.tokenizer.decode([token])),
  };
}
