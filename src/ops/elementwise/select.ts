/** A choice between two operands, element by element. */

import { applyOne } from "../../graph/apply.ts";
import { forEachNamed } from "../../graph/named.ts";
import { broadcastShapes, type Shape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { broadcastTo, stackAll } from "../rows/reduce.ts";
import { liftBoth, type Operand, scalar } from "./elementwise.ts";
import { requireFloat } from "./unary.ts";

type Selected = { readonly condition: Value; readonly a: Value; readonly b: Value };

const selectOp: Op<null, Selected> = {
  name: "select",
  gradient({ inputs: { condition } }, { y: g }) {
    const zero = scalar(0);
    return { a: () => select(condition, g, zero), b: () => select(condition, zero, g) };
  },
  vectorize(_, inputs, stacked, length) {
    const { condition, a, b } = stackAll(inputs, stacked, length);
    return { y: select(condition, a, b) };
  },
  element: {
    // NaN is not 0
    write: ({ inputs: { condition, a, b } }, place, { dtype }) =>
      dtype === "int32" ? null : `select(${place.of(a)}, ${place.of(b)}, ${place.of(condition)} == Real())`,
  },
  lower({ inputs, outputs }, to) {
    const { condition, a, b } = to.slots(inputs);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.select,
      ...(y.dtype === "int32" ? { variant: "integer" } : {}),
      bind: { condition, a, b, y },
      params: { size, below: 0, low: 0, high: 0 },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Where `condition` (a float) is not 0 the element of `a`, else that of `b`, whatever the other is; all three broadcast. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = liftBoth("select", a, b);
  const ofIntegers = x.dtype === "int32" && y.dtype === "int32";
  requireFloat("select", condition, ...(ofIntegers ? [] : [x, y]));
  const shape: Shape = broadcastShapes("select", condition.shape, broadcastShapes("select", x.shape, y.shape));
  const operands = forEachNamed({ condition, a: x, b: y }, (value) => broadcastTo(value, shape));
  return applyOne(selectOp, operands, null, { shape, dtype: ofIntegers ? "int32" : "float32" });
}
