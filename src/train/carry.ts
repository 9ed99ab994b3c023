import { DataError, DtypeError, ShapeError } from "../errors.ts";
import { namedValues } from "../gpu/inputs.ts";
import { formatShape, sameShape } from "../graph/shape.ts";
import type { Tree } from "../graph/tree.ts";
import type { InputValue, Value } from "../graph/value.ts";

/** Pairs each carried input with its next value, by name. */
export function carryUpdates(inputs: readonly InputValue[], carry: Tree): [InputValue, Value][] {
  const next = namedValues(carry);
  for (const name of Object.keys(next)) {
    if (!inputs.some((input) => input.name === name)) {
      throw new DataError(
        `Trainer: the loss returns carry ${name}, expected only ${inputs.map((i) => i.name).join(", ") || "none"}`,
      );
    }
  }
  return inputs.map((input) => {
    const value = next[input.name];
    if (!value)
      throw new DataError(`Trainer: the loss returns no carry ${input.name}, expected { loss, carry } with it`);
    if (value.dtype !== input.dtype || !sameShape(value.shape, input.shape)) {
      const wrong = `Trainer: the loss returns carry ${input.name} as ${value.dtype} ${formatShape(value.shape)}, expected ${input.dtype} ${formatShape(input.shape)} as its spec says`;
      throw value.dtype === input.dtype ? new ShapeError(wrong) : new DtypeError(wrong);
    }
    return [input, value];
  });
}
