/** Tensors filled with one number. */

import { applyOne } from "../../graph/apply.ts";
import { literal } from "../../graph/element.ts";
import { checkShape, type Shape } from "../../graph/shape.ts";
import type { None, Op, Value } from "../../graph/value.ts";
import { anElement, checkArgument, required } from "../../options.ts";
import { lowerFill } from "./copy.ts";

export const fullOp: Op<{ readonly value: number }, None> = {
  name: "full",
  gradient: () => ({}),
  vectorize: ({ outputs: { y }, attributes: { value } }, _inputs, _stacked, length) => ({
    y: full([length, ...y.shape], value),
  }),
  element: { write: ({ attributes: { value } }) => literal(value) },
  lower: ({ outputs: { y }, attributes: { value } }, to) => lowerFill(to, to.output(y), value),
};

/** A float32 tensor filled with one number. */
export function full(shape: Shape, value: number): Value {
  checkArgument("full", "value", value, required(anElement));
  return filled("full", shape, value);
}

/** `full` with 0. */
export const zeros = (shape: Shape): Value => filled("zeros", shape, 0);

function filled(op: string, shape: Shape, value: number): Value {
  checkShape(op, shape);
  return applyOne(fullOp, {}, { value }, { shape: [...shape], dtype: "float32" });
}
