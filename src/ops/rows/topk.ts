/** The largest elements and where they are. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { normalizeAxis, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { checkArgument, count, required } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { transpose } from "../layout/layout.ts";
import { takeAlongAxis } from "../layout/take.ts";
import { oneThreadPerRow } from "./threads.ts";

const topkOp: Op<{ readonly k: number }, { readonly x: Value }> = {
  name: "topk",
  // steps at the places where another index wins: nothing flows
  gradient: () => ({}),
  vectorize: ({ attributes: { k } }, { x }) => ({ y: lastAxis(x, k) }),
  lower({ inputs, outputs, attributes: { k } }, to) {
    const x = to.slot(inputs.x);
    const indices = to.output(outputs.y);
    const n = x.shape.at(-1) as number;
    const rows = sizeOf(x.shape) / n;
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.topk_serial : kernels.topk_parallel,
      bind: { x, indices },
      params: { rows, n, k },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
    });
  },
};

const lastAxis = (x: Value, k: number): Value =>
  applyOne(topkOp, { x }, { k }, { shape: [...x.shape.slice(0, -1), k], dtype: "int32" });

/**
 * The `k` largest elements along an axis (the last), the largest first, and their places (int32); of equal ones the lower
 * place comes first, and NaN counts as the largest. Both have k in place of the axis. The gradient of the values goes to the
 * elements that were picked. Time grows with k · n: to sort long rows is not what it is for. Throws ShapeError, DtypeError.
 */
export function topk(x: Value, k: number, axis = -1): { readonly values: Value; readonly indices: Value } {
  requireValues("topk", { x });
  checkArgument("topk", "k", k, required(count));
  if (x.dtype !== "float32") throw new DtypeError(`topk: x is ${x.dtype}, expected float32`);
  if (x.rank === 0) throw new ShapeError("topk: x is a scalar, expected at least one axis; reshape it to [1]");
  const at = normalizeAxis("topk", axis, x.rank);
  const n = x.shape[at] as number;
  if (k > n) throw new ShapeError(`topk: k is ${k}, expected at most the ${n} elements of axis ${at}`);
  const indices = transpose(lastAxis(transpose(x, at, -1), k), at, -1);
  return { values: takeAlongAxis(x, indices, at), indices };
}
