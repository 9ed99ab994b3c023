import { drawUntil, type Exercise, ExerciseFormat, isHeldOut } from "../shared/exercises.ts";
import type { Random } from "../shared/random.ts";

/** Digits of each summand; the sum has one more. */
export const additionFormat = (digits: number): ExerciseFormat =>
  new ExerciseFormat("0123456789+=", 2 * digits + 2, digits + 1);

/** "123+456=" and "9750": zeros in front, and the sum's units first, as carrying goes (Lee et al. 2023). */
export function exerciseOf(a: number, b: number, digits: number): Exercise {
  const padded = (number: number, length: number) => String(number).padStart(length, "0");
  const sum = [...padded(a + b, digits + 1)].reverse().join("");
  return { question: `${padded(a, digits)}+${padded(b, digits)}=`, answer: sum };
}

/** The same for a + b and b + a, so that neither can be looked up in the other. */
const pairOf = (a: number, b: number) => `${Math.min(a, b)} ${Math.max(a, b)}`;

/** Two random numbers, from the tenth of pairs that is held out or from the others. */
export function drawSum(digits: number, random: Random, heldOut: boolean): Exercise {
  const below = 10 ** digits;
  let pair = "";
  const draw = () => {
    const [a, b] = [Math.floor(random() * below), Math.floor(random() * below)];
    pair = pairOf(a, b);
    return exerciseOf(a, b, digits);
  };
  return drawUntil(draw, () => isHeldOut(pair) === heldOut);
}
