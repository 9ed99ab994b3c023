import { checkOptions, fn, nonNegative, object } from "../../../options.ts";
import type { FitCallback } from "../types.ts";

/** Options of `progress`. */
export interface ProgressOptions {
  /** An element of the page whose text it becomes. */
  readonly element?: { textContent: string | null } | undefined;
  /** Writes to a terminal; standard error where there is one. A line is written over until its epoch is done. */
  readonly write?: ((text: string) => unknown) | undefined;
  /** Milliseconds between two updates at least; 100. */
  readonly interval?: number | undefined;
}

/** Shows how far the run is: in an element of a page, else in the terminal, else one line of the console for each epoch. */
export function progress(options: ProgressOptions = {}): FitCallback {
  checkOptions<ProgressOptions>("callbacks.progress", options, { element: object, write: fn, interval: nonNegative });
  const { element, interval = 100 } = options;
  const host = globalThis as { process?: { stderr?: { write?(text: string): unknown; isTTY?: boolean } } };
  const stderr = host.process?.stderr;
  const write = options.write ?? (stderr?.write && ((line: string) => stderr.write?.(line)));
  const over = options.write !== undefined || stderr?.isTTY === true;
  let [shown, last, perEpoch, longest] = [Number.NEGATIVE_INFINITY, 0, 0, 0];
  const show = (line: string, isDone: boolean) => {
    if (element) element.textContent = line;
    else if (write && over) {
      write(`\r${line.padEnd(longest)}${isDone ? "\n" : ""}`);
      longest = isDone ? 0 : Math.max(longest, line.length);
    } else if (isDone) write ? write(`${line}\n`) : console.log(line);
  };
  const number = (value: number) => value.toPrecision(4);
  return {
    step({ epoch, stepInEpoch, loss }, run) {
      last = stepInEpoch;
      const now = performance.now();
      if (now - shown < interval) return;
      shown = now;
      const all = run.stepsPerEpoch ?? perEpoch;
      const done = Math.min(1, stepInEpoch / all);
      const bar = all > 0 ? ` [${"=".repeat(Math.round(20 * done)).padEnd(20)}]` : "";
      show(`epoch ${epoch}/${run.epochs}${bar} step ${stepInEpoch}, loss ${number(loss)}`, false);
    },
    epoch({ epoch, loss, trainingMetrics, validationLoss, metrics, seconds }, run) {
      perEpoch = last;
      const measured = (all: Readonly<Record<string, unknown>>) =>
        Object.entries(all).flatMap(([name, value]) => (typeof value === "number" ? [`${name} ${number(value)}`] : []));
      const parts = [
        `loss ${number(loss)}`,
        ...measured(trainingMetrics),
        ...(validationLoss === undefined ? [] : [`validation ${number(validationLoss)}`]),
        ...measured(metrics),
      ];
      show(`epoch ${epoch}/${run.epochs}: ${parts.join(", ")} (${seconds.toFixed(1)} s)`, true);
    },
  };
}
