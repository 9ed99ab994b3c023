/** A choice between two operands, element by element. */

import { applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { broadcastShapes, type Shape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { broadcastTo } from "../rows/reduce.ts";
import { liftBoth, type Operand, scalar } from "./elementwise.ts";
import { requireFloat } from "./unary.ts";

const selectOp: Op<null> = {
  name: "select",
  gradient({ inputs }, [g], needed) {
    if (!g) return [undefined, undefined, undefined];
    const condition = inputs[0] as Value;
    const zero = scalar(0);
    return [
      undefined,
      needed[1] ? select(condition, g, zero) : undefined,
      needed[2] ? select(condition, zero, g) : undefined,
    ];
  },
  vectorize(_, inputs, stacked, length) {
    const [c, a, b] = inputs.map((x, i) => (stacked[i] ? x : broadcastTo(x, [length, ...x.shape])));
    return [select(c as Value, a as Value, b as Value)];
  },
  lower({ inputs, outputs }, to) {
    const [condition, a, b] = inputs.map((input) => to.slot(input)) as [Slot, Slot, Slot];
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.select,
      ...(y.dtype === "int32" ? { variant: "integer" } : {}),
      bind: { condition, a, b, y },
      params: { size },
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
  const operands = [condition, x, y].map((value) => broadcastTo(value, shape));
  return applyOne(selectOp, operands, null, { shape, dtype: ofIntegers ? "int32" : "float32" });
}
