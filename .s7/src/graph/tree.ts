import { DtypeError } from "../errors.ts";
import { Value } from "./value.ts";

/**
 * Values in nested arrays and records, as states and outputs of cells are; `null` and `undefined` are empty. Typed as
 * loosely as this because interfaces, such as a layer's state, do not fit a recursive record type.
 */
export type Tree = object | null | undefined;

/** The values of a tree in a fixed order. */
export function flatten(tree: Tree): Value[] {
  if (tree === null || tree === undefined) return [];
  if (tree instanceof Value) return [tree];
  if (typeof tree !== "object") {
    throw new DtypeError(
      `tree: got ${String(tree)}, expected values in arrays or records; make a number a value with scalar()`,
    );
  }
  return Object.values(tree as Record<string, Tree>).flatMap(flatten);
}

/** The tree's form with other leaves, taken in `flatten`'s order. */
export function unflatten<T extends Tree>(form: T, leaves: readonly Value[]): T {
  let next = 0;
  const rebuild = (tree: Tree): Tree => {
    if (tree === null || tree === undefined) return tree;
    if (tree instanceof Value) return leaves[next++] as Value;
    if (Array.isArray(tree)) return tree.map(rebuild);
    return Object.fromEntries(Object.entries(tree).map(([key, sub]) => [key, rebuild(sub as Tree)]));
  };
  return rebuild(form) as T;
}
