import type { Flags } from "../shared/flags.ts";
import { defaults } from "./help.mjs";
import type { Languages } from "./pairs.ts";

export interface Sizes {
  readonly hidden: number;
  readonly embed: number;
  /** Words of each language that have a token. */
  readonly words: number;
  /** Words of a sentence at most. */
  readonly length: number;
}

export interface TranslationOptions {
  readonly languages: Partial<Languages>;
  readonly sizes: Sizes;
  readonly batch: number;
  readonly lr: number;
  readonly beams: number;
}

export const flags = ["from", "to", "length", "words", "hidden", "embed", "batch", "lr", "beams"];

export function readOptions(given: Flags): TranslationOptions {
  const language = (name: "from" | "to") => (given.has(name) ? { [name]: given.path(name, "") } : {});
  return {
    languages: { ...language("from"), ...language("to") },
    sizes: {
      hidden: given.integer("hidden", defaults.hidden),
      embed: given.integer("embed", defaults.embed),
      // four are special ones
      words: given.integer("words", defaults.words, 5),
      length: given.integer("length", defaults.length),
    },
    batch: given.integer("batch", defaults.batch),
    lr: given.number("lr", defaults.lr, "a positive number", (value) => value > 0),
    beams: given.integer("beams", defaults.beams),
  };
}
