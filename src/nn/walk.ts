import { DataError } from "../errors.ts";
import { Parameter } from "../graph/parameter.ts";

/** A module or parameter and the dotted path that leads to it. */
export interface Named<M> {
  readonly name: string;
  readonly part: M | Parameter;
}

/** Deeper than models are, and not so deep that the stack overflows. */
const DEEPEST = 500;

/**
 * Modules and parameters that are reached from `tree` by fields of modules, and through plain records, arrays, Maps and Sets
 * in them; each once, under the first path to it, so that cycles end. A module comes before what it holds. `again` is told of
 * what is reached by a second path.
 */
export function* walk<M extends object>(
  tree: unknown,
  isModule: (part: object) => part is M,
  again?: (name: string, first: string) => void,
  name = "",
  seen: Map<object, string> = new Map(),
  above: Set<object> = new Set(),
): Generator<Named<M>, void, void> {
  if (typeof tree !== "object" || tree === null) return;
  const first = seen.get(tree);
  if (first !== undefined) {
    // a way back up is no second name
    if (!above.has(tree)) again?.(name, first);
    return;
  }
  if (above.size === DEEPEST) {
    throw new DataError(
      `model: ${name.slice(0, 60)}… lies more than ${DEEPEST} levels deep, expected modules in lists and records; hold what is no part of the model in a private field (#name)`,
    );
  }
  seen.set(tree, name);
  if (tree instanceof Parameter) {
    yield { name, part: tree };
    return;
  }
  const opened = isModule(tree);
  if (opened) yield { name, part: tree };
  above.add(tree);
  for (const [key, sub] of opened ? Object.entries(tree) : entriesOf(tree)) {
    yield* walk(sub, isModule, again, name ? `${name}.${key}` : key, seen, above);
  }
  above.delete(tree);
}

/** What a plain container holds, by key; nothing where the object is of some class. */
function* entriesOf(tree: object): Generator<[key: string, value: unknown], void, void> {
  if (Array.isArray(tree) || tree instanceof Set) {
    let i = 0;
    for (const item of tree) {
      // a list may hold many numbers
      if (typeof item === "object") yield [String(i), item];
      i++;
    }
  } else if (tree instanceof Map) {
    let i = 0;
    for (const [key, item] of tree) {
      // an object as key has no name
      yield [typeof key === "object" ? String(i) : String(key), item];
      i++;
    }
  } else {
    const prototype = Object.getPrototypeOf(tree);
    if (prototype === null || prototype === Object.prototype) yield* Object.entries(tree);
  }
}
