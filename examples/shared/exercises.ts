import { CharTokenizer } from "seqgrad";
import { UserError } from "./errors.ts";
import { type Random, seededRandom } from "./random.ts";

/** A question and the answer that a model is to write behind it. */
export interface Exercise {
  readonly question: string;
  readonly answer: string;
}

/** [rows, length], row by row. */
export interface ExerciseBatch {
  readonly tokens: Int32Array;
  /** For each token the one to write behind it, or −1, which the loss leaves out: in the question, and behind the answer. */
  readonly targets: Int32Array;
}

/** Stands in front of short questions, so that all answers begin at the same place, and behind short answers. */
const filling = " ";

/** How exercises become rows of tokens: the question, then the answer but for its last character. */
export class ExerciseFormat {
  readonly tokenizer: CharTokenizer;

  constructor(
    characters: string,
    /** Of the longest. */
    readonly questionLength: number,
    readonly answerLength: number,
  ) {
    this.tokenizer = new CharTokenizer(filling + characters);
  }

  /** Tokens in a row. */
  get length(): number {
    return this.questionLength + this.answerLength - 1;
  }

  encode(exercises: readonly Exercise[]): ExerciseBatch {
    const { length, questionLength } = this;
    const tokens = new Int32Array(exercises.length * length);
    const targets = new Int32Array(tokens.length).fill(-1);
    for (const [row, { question, answer }] of exercises.entries()) {
      const text = (question.padStart(questionLength, filling) + answer).padEnd(length, filling);
      tokens.set(this.tokenizer.encode(text.slice(0, length)), row * length);
      targets.set(this.tokenizer.encode(answer), row * length + questionLength - 1);
    }
    return { tokens, targets };
  }
}

/** Whether a string belongs to the tenth that is never trained on (by its FNV-1a hash). */
export function isHeldOut(text: string): boolean {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % 10 === 0;
}

/** The next exercise for which `accepts` holds. */
export function drawUntil(draw: () => Exercise, accepts: (exercise: Exercise) => boolean): Exercise {
  // one of ten is accepted at least: as many misses in a row do not happen by chance
  for (let tries = 0; tries < 1000; tries++) {
    const exercise = draw();
    if (accepts(exercise)) return exercise;
  }
  throw new UserError("there are too few different exercises to hold a tenth of them out; ask for longer ones");
}

/** A list of different exercises, fewer than `count` where there are not as many. */
export function drawDifferent(count: number, seed: number, draw: (random: Random) => Exercise): Exercise[] {
  const random = seededRandom(seed);
  const found = new Map<string, Exercise>();
  for (let tries = 0; found.size < count && tries < 100 * count; tries++) {
    const exercise = draw(random);
    found.set(exercise.question, exercise);
  }
  return [...found.values()];
}
