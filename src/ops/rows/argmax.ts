/** Where the largest element is. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { normalizeAxis, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { permute, permutedRows, transpose } from "../layout/layout.ts";
import { oneThreadPerRow } from "./threads.ts";

const argmaxOp: Op<null, { readonly x: Value }> = {
  name: "argmax",
  // steps at the places where another index wins: nothing flows
  gradient: () => ({}),
  vectorize: (_, { x }) => ({ y: lastAxis(x) }),
  lower({ inputs, outputs }, to) {
    const x = to.slot(inputs.x);
    const y = to.output(outputs.y);
    const n = x.shape.at(-1) as number;
    const rows = sizeOf(x.shape) / n;
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.argmax_serial : kernels.argmax_parallel,
      bind: { x, y },
      params: { rows, n },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
    });
  },
};

const lastAxis = (x: Value): Value => applyOne(argmaxOp, { x }, null, { shape: x.shape.slice(0, -1), dtype: "int32" });

/** Index (int32) of the largest element along an axis (the last), of the first one where several are or of the first NaN; no gradient. */
export function argmax(x: Value, axis = -1): Value {
  requireValues("argmax", { x });
  if (x.dtype !== "float32") throw new DtypeError(`argmax: x is ${x.dtype}, expected float32`);
  if (x.rank === 0) throw new ShapeError("argmax: x is a scalar, expected at least one axis; reshape it to [1]");
  const at = normalizeAxis("argmax", axis, x.rank);
  if (at !== x.rank - 1) {
    const moved = transpose(x, at, -1);
    const found = lastAxis(moved);
    // the transposition put the last axis in place of the one that is gone: bring it back to the end
    const order = found.shape.map((_, i) => i).filter((i) => i !== at);
    return permute(found, [...order, at]);
  }
  const rows = permutedRows(x);
  return rows ? permute(lastAxis(rows.source), rows.order.slice(0, -1)) : lastAxis(x);
}
