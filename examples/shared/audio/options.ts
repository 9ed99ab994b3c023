import type { Flags } from "../flags.ts";
import { readKeep } from "../task/train.ts";
import { pauseNames, type SoundOptions } from "./train.ts";

export const soundFlags = ["hidden", "layers", "batch", "lr", "variants", "pauses", "keep"];

export const readSoundOptions = (flags: Flags, usual: Omit<SoundOptions, "keep">): SoundOptions => ({
  cell: usual.cell,
  ears: usual.ears,
  epochs: usual.epochs,
  hidden: flags.integer("hidden", usual.hidden),
  layers: flags.integer("layers", usual.layers),
  batch: flags.integer("batch", usual.batch),
  lr: flags.number("lr", usual.lr, "a positive number", (value) => value > 0),
  pauses: flags.choice("pauses", usual.pauses, pauseNames),
  keep: readKeep(flags),
  variants: flags.integer("variants", usual.variants),
});
