import { Value } from "./value.ts";

/** Values in nested arrays and records, as states and outputs of cells are. `null` and `undefined` are empty. */
export type Tree = Value | null | undefined | readonly Tree[] | { readonly [key: string]: Tree };

/** The values of a tree in a fixed order. */
export function flatten(tree: Tree): Value[] {
  if (tree === null || tree === undefined) return [];
  if (tree instanceof Value) return [tree];
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
