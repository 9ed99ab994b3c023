import { ArgumentError } from "../../../errors.ts";
import { either, fn, text } from "../../../options.ts";
import type { EpochEvent } from "../types.ts";

/** A number of an epoch: the name of a metric of the validation, or a function. */
export type Monitor = string | ((epoch: EpochEvent) => number);

export const monitorKind = either(text, fn);

/** By default the validation's loss, or without one that of the steps. */
export function measure(where: string, monitor: Monitor | undefined, epoch: EpochEvent): number {
  if (typeof monitor === "function") return monitor(epoch);
  const value = monitor === undefined ? (epoch.validationLoss ?? epoch.loss) : epoch.metrics[monitor];
  if (typeof value === "number") return value;
  throw new ArgumentError(
    `${where}: the metric ${monitor} is no number, expected one of ${Object.keys(epoch.metrics).join(", ") || "the validation's metrics, of which there are none"}, or a function of the epoch`,
  );
}
