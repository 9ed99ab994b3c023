import type { Parameter } from "./parameter.ts";
import type { Value } from "./value.ts";

let recorded: Map<Parameter, Value> | null = null;

/**
 * Says what a parameter that no optimizer trains is to be after the step that is being traced, such as a running mean; nothing
 * where no training step is. Called again in the same step it goes on from what the first call made.
 */
export function updateParameter(parameter: Parameter, next: (before: Value) => Value): void {
  recorded?.set(parameter, next(recorded.get(parameter) ?? parameter));
}

/** Traces, and notes what parameters are to become. */
export function recordParameterUpdates<T>(trace: () => T): {
  readonly result: T;
  readonly parameterUpdates: readonly (readonly [parameter: Parameter, next: Value])[];
} {
  const before = recorded;
  const own = new Map<Parameter, Value>();
  recorded = own;
  try {
    return { result: trace(), parameterUpdates: [...own] };
  } finally {
    recorded = before;
  }
}
