import type { Parameter } from "./parameter.ts";
import type { Value } from "./value.ts";

let recorded: Map<Parameter, Value> | null = null;

/**
 * What a parameter that no optimizer trains, such as a running mean, is to be after what was traced so far of a training step;
 * undefined where none is traced.
 */
export const pendingParameter = (parameter: Parameter): Value | undefined =>
  recorded ? (recorded.get(parameter) ?? parameter) : undefined;

/** Says what such a parameter is to be after the step that is being traced; nothing where none is. */
export function updateParameter(parameter: Parameter, next: Value): void {
  recorded?.set(parameter, next);
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
