/** Texts with what the model went by: which words it attended to, and which speak for its verdict by themselves. */

export interface JudgedText {
  readonly words: readonly JudgedWord[];
  /** What the model holds it for, and what it is. */
  readonly verdict: string;
  readonly label: string;
}

export interface JudgedWord {
  readonly word: string;
  /** Of the attention. */
  readonly share: number;
  /** How much the word alone speaks for the verdict; negative against it, 0 where it was not known. */
  readonly speaks: number;
}

/** How strong a word's ground is, 0 to 1: nothing where it gets no more attention than any other, all where it gets four times that. */
export const ground = ({ share }: JudgedWord, words: number): number =>
  Math.min(1, Math.max(0, (share * words - 1) / 3));

/** How strong the line below it is, 0 to 1. */
export const line = ({ speaks }: JudgedWord): number => Math.min(1, Math.abs(speaks) / 0.12);
