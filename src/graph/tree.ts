import { DtypeError } from "../errors.ts";
import { show } from "../options.ts";
import { Value } from "./value.ts";

/**
 * Values in nested arrays and records, as states and outputs of cells are; `null` and `undefined` are empty. Typed as
 * loosely as this because interfaces, such as a layer's state, do not fit a recursive record type.
 */
export type Tree = object | null | undefined;

/** A tree's form with plain values for leaves: what stands for parameters and inputs while a step is traced. */
export type Symbolic<T> = T extends Value ? Value : T extends null | undefined ? T : { [K in keyof T]: Symbolic<T[K]> };

/** The values of a tree in a fixed order. */
export function flatten(tree: Tree): Value[] {
  return leavesOf(tree, 0);
}

/** Deeper than any state or output; what is, is most likely a circle. */
const DEEPEST = 64;

function leavesOf(tree: Tree, depth: number): Value[] {
  if (tree === null || tree === undefined) return [];
  if (tree instanceof Value) return [tree];
  if (typeof tree !== "object") {
    throw new DtypeError(
      `tree: got ${show(tree)}, expected values in arrays or records; make a number a value with scalar()`,
    );
  }
  if (depth === DEEPEST) {
    throw new DtypeError(
      `tree: is more than ${DEEPEST} levels deep, expected values in arrays or records without circles`,
    );
  }
  return Object.values(tree as Record<string, Tree>).flatMap((sub) => leavesOf(sub, depth + 1));
}

/** The tree's form with other leaves, taken in `flatten`'s order. */
export function unflatten<T extends Tree>(form: T, leaves: readonly Value[]): Symbolic<T> {
  let next = 0;
  const rebuild = (tree: Tree): Tree => {
    if (tree === null || tree === undefined) return tree;
    if (tree instanceof Value) return leaves[next++] as Value;
    if (Array.isArray(tree)) return tree.map(rebuild);
    return Object.fromEntries(Object.entries(tree).map(([key, sub]) => [key, rebuild(sub as Tree)]));
  };
  return rebuild(form) as Symbolic<T>;
}
