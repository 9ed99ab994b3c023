import { DataError, DtypeError, ShapeError } from "../errors.ts";
import type { InputValue } from "../graph/leaves.ts";
import { formatShape, sameShape } from "../graph/shape.ts";
import type { Tree } from "../graph/tree.ts";
import type { Value } from "../graph/value.ts";
import type { Update } from "../plan/updates.ts";
import { namedValues } from "./inputs.ts";

/** Pairs each leaf of a state with its next value, by name. `who` returns it, `what` is its name there. */
export function nextValues(
  leaves: readonly InputValue[],
  next: Tree,
  { who, what, remedy }: { readonly who: string; readonly what: string; readonly remedy: string },
): Update[] {
  const named = namedValues(next);
  const nameOf = (leaf: InputValue) => leaf.name || "output";
  const names = leaves.map(nameOf);
  for (const name of Object.keys(named)) {
    if (!names.includes(name)) {
      throw new DataError(`${who} returns ${what} ${name}, expected only ${names.join(", ") || "none"}`);
    }
  }
  return leaves.map((leaf): Update => {
    const value: Value | undefined = named[nameOf(leaf)];
    if (!value) throw new DataError(`${who} returns no ${what} ${nameOf(leaf)}, expected ${remedy}`);
    if (value.dtype !== leaf.dtype || !sameShape(value.shape, leaf.shape)) {
      const wrong = `${who} returns ${what} ${nameOf(leaf)} as ${value.dtype} ${formatShape(value.shape)}, expected ${leaf.dtype} ${formatShape(leaf.shape)} as its spec says`;
      throw value.dtype === leaf.dtype ? new ShapeError(wrong) : new DtypeError(wrong);
    }
    return [leaf, value];
  });
}
