import { DataError } from "../../errors.ts";
import { checkArgument, either, iterable, required, show, text } from "../../options.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What `CharTokenizer.toJSON` gives. */
export interface CharTokenizerJson {
  /** What the data is of. */
  readonly type: "characters";
  /** The vocabulary in order, one string per character. */
  readonly characters: readonly string[];
}

/**
 * Turns text into numbers and back, a number for each distinct character (Unicode code point). All characters are known;
 * `WordTokenizer.fit(texts, { split: "characters" })` takes the most frequent ones, with special tokens and one for the unknown.
 */
export class CharTokenizer implements Tokenizer {
  /** The vocabulary: distinct characters, ascending by code point. A character's token is its index here. */
  readonly characters: readonly string[];
  readonly #tokens: ReadonlyMap<string, number>;

  /** @param characters the vocabulary, in any order */
  constructor(characters: Iterable<string>) {
    checkArgument("CharTokenizer", "characters", characters, required(either(text, iterable)));
    const distinct = [...new Set(characters)];
    for (const character of distinct) {
      if (typeof character !== "string" || [...character].length !== 1) {
        throw new DataError(`CharTokenizer: ${show(character)} in the vocabulary, expected one character each`);
      }
    }
    this.characters = distinct.sort((a, b) => codePoint(a) - codePoint(b));
    this.#tokens = new Map(this.characters.map((character, token) => [character, token]));
  }

  /** A tokenizer for the characters of a text. */
  static fromText(source: string): CharTokenizer {
    checkArgument("CharTokenizer.fromText", "source", source, required(text));
    return new CharTokenizer(new Set(source));
  }

  /** Reads what `toJSON` gave. */
  static fromJSON(json: unknown): CharTokenizer {
    const { type, characters } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
    if (type !== "characters" || !Array.isArray(characters) || !characters.every((item) => typeof item === "string")) {
      throw new DataError(
        'CharTokenizer: not a saved tokenizer, expected { "type": "characters", "characters": ["a", …] }',
      );
    }
    const tokenizer = new CharTokenizer(characters);
    if (characters.some((character, token) => character !== tokenizer.characters[token])) {
      throw new DataError("CharTokenizer: the saved characters are not distinct and ascending by code point");
    }
    return tokenizer;
  }

  /** Number of distinct characters. */
  get size(): number {
    return this.characters.length;
  }

  /** The token of each character. Throws a DataError for a character outside the vocabulary. */
  encode(source: string): Int32Array<ArrayBuffer> {
    checkArgument("CharTokenizer.encode", "source", source, required(text));
    const tokens = new Int32Array(source.length);
    let count = 0;
    for (const character of source) {
      const token = this.#tokens.get(character);
      if (token === undefined) {
        throw new DataError(
          `CharTokenizer: character ${count} of the text is ${JSON.stringify(character)}, which is not among the ${this.size} of the vocabulary; make the tokenizer from a text that has it, or fit a WordTokenizer with split "characters", which has a token for what is unknown`,
        );
      }
      tokens[count++] = token;
    }
    return tokens.slice(0, count);
  }

  /** The text of tokens. Throws a DataError for a number that is no token. */
  decode(tokens: Iterable<number>): string {
    checkArgument("CharTokenizer.decode", "tokens", tokens, required(iterable));
    let decoded = "";
    for (const token of tokens) {
      const character = typeof token === "number" ? this.characters[token] : undefined;
      if (character === undefined) {
        throw new DataError(`CharTokenizer: token ${show(token)}, expected an integer from 0 to ${this.size - 1}`);
      }
      decoded += character;
    }
    return decoded;
  }

  /** Plain data, which `CharTokenizer.fromJSON` takes. */
  toJSON(): CharTokenizerJson {
    return { type: "characters", characters: this.characters };
  }
}

const codePoint = (character: string): number => character.codePointAt(0) as number;
