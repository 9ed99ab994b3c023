import { Value } from "../graph/value.ts";
import { type Model, type Module, namedModules } from "./module.ts";

/** A module's `forward`, called while a graph was traced. */
export interface ModuleCall {
  readonly module: Module;
  /** Path in the model, "" for the model itself. */
  readonly path: string;
  /** Values among its arguments and results, in arrays and records too. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** A call begins or ends; calls lie inside each other. */
export interface CallEvent {
  readonly kind: "begin" | "end";
  readonly call: ModuleCall;
}

/** Runs `trace` and notes which modules of the model are called meanwhile, in order. */
export function recordCalls<T>(model: Model, trace: () => T): { readonly result: T; readonly events: CallEvent[] } {
  const events: CallEvent[] = [];
  const restore: (() => void)[] = [];
  try {
    for (const [path, module] of namedModules(model)) restore.push(watch(module, path, events));
    return { result: trace(), events };
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

type Forward = (...inputs: unknown[]) => unknown;

/** Puts a property before the class's method, for as long as the trace takes. */
function watch(module: Module, path: string, events: CallEvent[]): () => void {
  const own = Object.getOwnPropertyDescriptor(module, "forward");
  const forward = (module as { forward?: unknown }).forward;
  const isFixed = own ? !own.configurable : !Object.isExtensible(module);
  if (typeof forward !== "function" || isFixed) return () => {};
  const watched: Forward = (...inputs) => {
    const outputs: Value[] = [];
    const call = { module, path, inputs: valuesIn(inputs), outputs };
    events.push({ kind: "begin", call });
    const result = (forward as Forward).apply(module, inputs);
    outputs.push(...valuesIn(result));
    events.push({ kind: "end", call });
    return result;
  };
  Object.defineProperty(module, "forward", { value: watched, configurable: true, enumerable: false, writable: true });
  return () => {
    if (own) Object.defineProperty(module, "forward", own);
    else delete (module as { forward?: unknown }).forward;
  };
}

/** Arguments may hold anything: records of the user's, cycles. */
function valuesIn(tree: unknown, depth = 0): Value[] {
  if (tree instanceof Value) return [tree];
  if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree) || depth > 4) return [];
  return Object.values(tree).flatMap((each) => valuesIn(each, depth + 1));
}
