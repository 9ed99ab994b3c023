import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import type { DetectorSizes } from "./detector.ts";
import { defaults, names, series } from "./help.mjs";

export interface AnomalyOptions extends DetectorSizes {
  /** The file of a usual series; undefined with the user's own data. */
  readonly file: string | undefined;
  readonly column: string | undefined;
  readonly insert: number;
  readonly period: number;
  readonly stride: number;
  readonly batch: number;
  readonly lr: number;
}

const numbers = ["period", "window", "horizon", "stride", "hidden", "code", "batch"] as const;

export const flags = ["series", "column", "insert", "lr", ...numbers];

export function readOptions(flags: Flags): AnomalyOptions {
  if (flags.has("series") && flags.has("data")) {
    throw new UserError("--series is one of the usual series and --data your own; leave out one of them");
  }
  const name = flags.has("data") ? undefined : flags.choice("series", "taxi", names);
  const usual = { ...defaults, ...(name && series[name]) };
  const [period, window, horizon, stride, hidden, code, batch] = numbers.map((option) =>
    flags.integer(option, usual[option]),
  ) as [number, number, number, number, number, number, number];
  return {
    ...{ period, window, horizon, stride, hidden, code, batch },
    file: name && series[name].file,
    column: flags.has("column") ? flags.path("column", "") : undefined,
    insert: flags.integer("insert", 0, 0),
    lr: flags.number("lr", usual.lr, "a positive number", (value) => value > 0),
  };
}
