import { ArgumentError } from "../../../errors.ts";
import { either, fn, text } from "../../../options.ts";
import type { EpochEvent } from "../types.ts";

/** A number of an epoch: the name of a metric of the validation, without validation of the steps, or a function. */
export type Monitor = string | ((epoch: EpochEvent) => number);

export const monitorKind = either(text, fn);

/** By default the validation's loss, or without one that of the steps. */
export function measure(where: string, monitor: Monitor | undefined, epoch: EpochEvent): number {
  if (typeof monitor === "function") return monitor(epoch);
  const measured = epoch.validationLoss === undefined ? epoch.trainingMetrics : epoch.metrics;
  const value = monitor === undefined ? (epoch.validationLoss ?? epoch.loss) : measured[monitor];
  if (typeof value === "number") return value;
  throw new ArgumentError(
    `${where}: the metric ${monitor} is no number, expected one of ${Object.keys(measured).join(", ") || "metrics, of which there are none"}, or a function of the epoch`,
  );
}
