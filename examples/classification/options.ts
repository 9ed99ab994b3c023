import type { Flags } from "../shared/flags.ts";
import { type Keep, readKeep } from "../shared/task/train.ts";
import type { Columns } from "../shared/text/labelled.ts";
import { defaults, setNames, sets, units } from "./help.mjs";

export interface ClassificationOptions {
  readonly columns: Columns;
  readonly keep: Keep;
  readonly unit: (typeof units)[number];
  /** What is not given depends on what texts are read by. */
  readonly sizes: Readonly<Record<Unit, Sizes>>;
}

/** What texts are read in. */
export type Unit = keyof typeof defaults;
export type Sizes = Readonly<Record<"hidden" | "embed" | "length" | "batch" | "lr", number>>;

export const flags = ["text-column", "label-column", "unit", "length", "hidden", "embed", "batch", "lr", "keep"];

export function readOptions(flags: Flags): ClassificationOptions {
  const label = flags.has("data") ? "label" : sets[flags.choice("set", "names", setNames)].label;
  const sizes = (usual: Sizes): Sizes => ({
    hidden: flags.integer("hidden", usual.hidden),
    embed: flags.integer("embed", usual.embed),
    length: flags.integer("length", usual.length),
    batch: flags.integer("batch", usual.batch),
    lr: flags.number("lr", usual.lr, "a positive number", (value) => value > 0),
  });
  return {
    columns: { text: flags.path("text-column", "text"), label: flags.path("label-column", label) },
    keep: readKeep(flags),
    unit: flags.choice("unit", "auto", units),
    sizes: { characters: sizes(defaults.characters), words: sizes(defaults.words) },
  };
}
