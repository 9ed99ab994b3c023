import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { names, series } from "./help.mjs";

export interface ForecastingOptions {
  /** One of the usual series; undefined with the user's own data. */
  readonly series: (typeof names)[number] | undefined;
  readonly target: string | undefined;
  readonly inputs: readonly string[];
  readonly horizon: number;
  readonly window: number;
  readonly seasons: readonly number[];
  readonly log: boolean;
  readonly stride: number;
  readonly hidden: number;
  readonly batch: number;
  readonly lr: number;
  readonly epochs: number;
}

export const flags = [
  ...["series", "target", "inputs", "horizon", "window", "seasons", "log", "stride", "hidden", "batch", "lr"],
];

const own = { ...series.airline, target: undefined, log: false, epochs: 10 };

export function readOptions(flags: Flags): ForecastingOptions {
  if (flags.has("series") && flags.has("data")) {
    throw new UserError("--series is one of the usual series and --data your own; leave out one of them");
  }
  const name = flags.has("data") ? undefined : flags.choice("series", "airline", names);
  const usual = name ? series[name] : own;
  const whole = (value: number) => Number.isInteger(value) && value >= 0;
  const target =
    usual.target === undefined && !flags.has("target") ? undefined : flags.path("target", usual.target ?? "");
  return {
    series: name,
    target,
    inputs: flags.has("inputs") ? flags.path("inputs", "").split(",") : usual.inputs,
    horizon: flags.integer("horizon", usual.horizon),
    window: flags.integer("window", usual.window, 2),
    seasons: flags.numbers("seasons", usual.seasons, "whole numbers with commas between them", whole).filter(Boolean),
    log: flags.choice("log", usual.log ? "on" : "off", ["on", "off"]) === "on",
    stride: flags.integer("stride", usual.stride),
    hidden: flags.integer("hidden", usual.hidden),
    batch: flags.integer("batch", usual.batch),
    lr: flags.number("lr", usual.lr, "a positive number", (value) => value > 0),
    epochs: usual.epochs,
  };
}
