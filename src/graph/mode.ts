import { ArgumentError } from "../errors.ts";
import type { AdapterProfile } from "./lowering.ts";
import { noteEntry } from "./source.ts";
import type { Value } from "./value.ts";

/** What a trace is for. */
export interface TraceMode {
  readonly training: boolean;
  /** Kind of adapter that will run it, where that is known. */
  readonly adapter?: AdapterProfile["kind"] | undefined;
  /** Copies in 16 bits that products read in place of these weights. */
  readonly copies?: ReadonlyMap<Value, Value> | undefined;
}

let mode: TraceMode = { training: false };

/** What is being traced now. */
export const traceMode = (): TraceMode => mode;

/** What a product reads of a weight: its copy, where the trace has one. */
export const weightToRead = (weight: Value): Value => mode.copies?.get(weight) ?? weight;

/**
 * Whether what is being traced is for training, so that dropout and the like are active: a property of the trace, true in a
 * Trainer's loss and in a function compiled with `training: true`. For modules of your own that differ in training.
 */
export const isTraining = (): boolean => mode.training;

/**
 * Traces in a mode, or for training or inference in the mode that holds; the mode before holds again afterwards, also where
 * tracing throws.
 */
export function traceIn<T>(next: TraceMode | boolean, trace: () => T): T {
  const before = mode;
  mode = typeof next === "boolean" ? { ...before, training: next } : next;
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
    mode = before;
  }
}
