/** Runs as the chart draws them. */

import { Curves } from "./curves.ts";
import { cellFacts, taskFacts } from "./facts.ts";
import type { Point, Validation } from "./protocol.ts";
import type { Settings } from "./settings.ts";

export interface RunRecord {
  readonly id: string;
  readonly settings: Settings;
  readonly label: string;
  /** Which colour and dash it has. */
  readonly style: number;
  readonly curves: Curves;
  /** Of the curves. */
  points: Point[];
  /** Steps that are done. */
  step: number;
  validations: Validation[];
  baseline: number | null;
  isShown: boolean;
}

/** Told apart by colour and, where colours fail, by dash; for light and dark pages. */
export const styles: readonly { readonly light: string; readonly dark: string; readonly dash: number[] }[] = [
  { light: "#0b63b0", dark: "#62b0f5", dash: [] },
  { light: "#b9480a", dark: "#f5a25b", dash: [8, 4] },
  { light: "#07795a", dark: "#4fd1a5", dash: [2, 3] },
  { light: "#8a3d8f", dark: "#dd9be0", dash: [10, 3, 2, 3] },
  { light: "#6d6100", dark: "#d9c94a", dash: [5, 5] },
];

export const labelOf = ({ task, cell, activation, hidden, layers, bothWays, seed }: Settings): string =>
  [
    taskFacts[task].title,
    cell === "rnn" ? `RNN (${activation})` : cellFacts[cell].title,
    `${layers > 1 ? `${layers} × ` : ""}${hidden}${bothWays ? ", both ways" : ""}`,
    ...(seed ? [`seed ${seed}`] : []),
  ].join(" · ");

/** Of which nothing is known yet. */
export const newRun = (id: string, settings: Settings, style: number): RunRecord => ({
  id,
  settings,
  label: labelOf(settings),
  style,
  curves: new Curves(),
  points: [],
  step: 0,
  validations: [],
  baseline: null,
  isShown: true,
});

/** A moving mean that begins with the first value. */
export function smoothed(values: readonly number[], window: number): number[] {
  const share = 2 / (window + 1);
  let mean = Number.NaN;
  return values.map((value) => {
    mean = Number.isNaN(mean) ? value : mean + share * (value - mean);
    return mean;
  });
}
