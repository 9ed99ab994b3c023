import { drawUntil, type Exercise, ExerciseFormat, isHeldOut } from "../shared/exercises.ts";
import type { Random } from "../shared/random.ts";
import type { taskNames } from "./help.mjs";

export type TaskName = (typeof taskNames)[number];

export interface StringSizes {
  readonly task: TaskName;
  readonly shortest: number;
  readonly longest: number;
  /** Different ones. */
  readonly letters: number;
}

const alphabet = "abcdefghijklmnopqrstuvwxyz";
/** Behind the question. */
const arrow = ">";
/** Behind the answer, which is as long as the question: the model has to know when to stop. */
export const end = ".";

function answerOf(task: TaskName, word: string): string {
  const letters = [...word];
  return (task === "reverse" ? letters.reverse() : letters.sort()).join("") + end;
}

export const stringFormat = ({ longest, letters }: StringSizes): ExerciseFormat =>
  new ExerciseFormat(alphabet.slice(0, letters) + arrow + end, longest + 1, longest + 1);

/** A random word, of any length alike, from the tenth that is held out or from the others. */
export function drawString({ task, shortest, longest, letters }: StringSizes, random: Random, heldOut: boolean) {
  const below = (count: number) => Math.floor(random() * count);
  const draw = (): Exercise => {
    const length = shortest + below(longest - shortest + 1);
    const word = Array.from({ length }, () => alphabet[below(letters)]).join("");
    return { question: word + arrow, answer: answerOf(task, word) };
  };
  return drawUntil(draw, ({ question }) => isHeldOut(question) === heldOut);
}
