import { ArgumentError } from "../errors.ts";
import { noteEntry } from "./source.ts";

let training = false;

/**
 * Whether what is being traced is for training, so that dropout and the like are active: a property of the trace, true in a
 * Trainer's loss and in a function compiled with `training: true`. For modules of your own that differ in training.
 */
export const isTraining = (): boolean => training;

/** Traces in a mode; the mode before holds again afterwards, also where tracing throws. */
export function traceIn<T>(mode: boolean, trace: () => T): T {
  const before = training;
  training = mode;
  noteEntry();
  try {
    const result = trace();
    if (result instanceof Promise) {
      // what it goes on with is traced by nobody; its failure is told here already
      result.catch(() => {});
      throw new ArgumentError(
        "trace: the function returned a promise, expected values; it is called once to trace the graph, so it must not be async: await data before, and pass it as inputs",
      );
    }
    return result;
  } finally {
    training = before;
  }
}
