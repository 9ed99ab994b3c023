/** What people call values inside functions that become kernels, so that the kernels can be read. */
import type { Tree } from "./tree.ts";
import { Value } from "./value.ts";

const names = new WeakMap<Value, string>();

/** Keeps the first name that a value gets. */
export function callValue(value: Value, name: string | undefined): void {
  if (name && !names.has(value)) names.set(value, name);
}

export const nameOfValue = (value: Value): string | undefined => names.get(value);

/** Calls the values of a tree by their keys in records; what stands in lists has no name. */
export function callTree(tree: Tree, name?: string): void {
  if (tree instanceof Value) callValue(tree, name);
  else if (Array.isArray(tree)) for (const each of tree) callTree(each, name);
  else if (tree) for (const [key, each] of Object.entries(tree)) callTree(each as Tree, key);
}

/** A function by another name than the one it was written with. */
export const withName = <F extends object>(fn: F, name: string): F =>
  Object.defineProperty(fn, "name", { value: name });
