import { ArgumentError, DataError } from "../../errors.ts";
import { checkOptions, flag, type KindsOf, show, text } from "../../options.ts";

/** Turns text into numbers and back. Every tokenizer here is one, and so may be your own. */
export interface Tokenizer {
  /** How many tokens there are: they go from 0 to size − 1. */
  readonly size: number;
  /** The tokens of a text. */
  encode(source: string): Int32Array<ArrayBuffer>;
  /** The text of tokens. */
  decode(tokens: Iterable<number>): string;
}

/** Names of tokens that stand for no text. */
export interface SpecialNames {
  /** Fills what is empty. */
  readonly pad?: string | undefined;
  /** Stands before a text, */
  readonly start?: string | undefined;
  /** and behind it. */
  readonly end?: string | undefined;
}

/** The tokens of special names; undefined for those that a tokenizer has not. */
export interface SpecialTokens {
  /** Fills sequences up to one length. */
  readonly pad: number | undefined;
  /** Stands before a text. */
  readonly start: number | undefined;
  /** Stands behind a text. */
  readonly end: number | undefined;
}

/** Options of encoding a text. */
export interface EncodeOptions {
  /** Puts the start token before the text. Default false. */
  readonly start?: boolean | undefined;
  /** Puts the end token behind it. Default false. */
  readonly end?: boolean | undefined;
}

export const specialKinds: KindsOf<SpecialNames> = { pad: text, start: text, end: text };

/** Names in the order in which they get their tokens. Throws ArgumentError where two are equal, or one is empty. */
export function specialNames(
  where: string,
  { pad, start, end }: SpecialNames,
): [kind: keyof SpecialNames, name: string][] {
  const names = Object.entries({ pad, start, end }).filter(
    (entry): entry is [keyof SpecialNames, string] => entry[1] !== undefined,
  );
  const all = names.map(([, name]) => name);
  if (all.includes("") || new Set(all).size < all.length) {
    throw new ArgumentError(
      `${where}: special has the names ${all.map(show).join(", ")}, expected one of its own for each`,
    );
  }
  return names;
}

export function specialTokens(
  names: readonly [kind: keyof SpecialNames, name: string][],
  first: number,
): SpecialTokens {
  const tokenOf = (kind: keyof SpecialNames) => {
    const at = names.findIndex(([own]) => own === kind);
    return at < 0 ? undefined : first + at;
  };
  return { pad: tokenOf("pad"), start: tokenOf("start"), end: tokenOf("end") };
}

/** Puts the tokens that are asked for before and behind. */
export function enclose(
  where: string,
  tokens: readonly number[] | Uint8Array,
  special: SpecialTokens,
  options: EncodeOptions,
): Int32Array<ArrayBuffer> {
  checkOptions(where, options, { start: flag, end: flag });
  const around = (["start", "end"] as const).map((kind) => {
    const token = special[kind];
    if (!options[kind]) return [];
    if (token === undefined)
      throw new ArgumentError(`${where}: ${kind}, but the tokenizer has no ${kind} token; name one in special`);
    return [token];
  });
  const [before = [], behind = []] = around;
  const enclosed = new Int32Array(before.length + tokens.length + behind.length);
  enclosed.set(before);
  enclosed.set(tokens, before.length);
  enclosed.set(behind, before.length + tokens.length);
  return enclosed;
}

export function badToken(where: string, token: unknown, size: number): DataError {
  return new DataError(`${where}: token ${show(token)}, expected an integer from 0 to ${size - 1}`);
}
