/** Indices as vectors. */

import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { checkArgument, count, required } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

interface OneHot {
  readonly classes: number;
}

const oneHotOp: Op<OneHot, { readonly indices: Value }> = {
  name: "oneHot",
  gradient: () => ({}),
  vectorize: ({ attributes: { classes } }, { indices }) => ({ y: applyOneHot(indices, classes) }),
  ranges: ({ inputs: { indices }, attributes: { classes } }) => [
    { input: indices, what: "class", maximum: classes - 1, remedy: "check the number of classes" },
  ],
  lower({ inputs, outputs, attributes: { classes } }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.one_hot,
      bind: { indices: to.slot(inputs.indices), y },
      params: { size, classes },
      workgroups: linearWorkgroups(size),
    });
  },
};

const applyOneHot = (indices: Value, classes: number): Value =>
  applyOne(oneHotOp, { indices }, { classes }, { shape: [...indices.shape, classes], dtype: "float32" });

/**
 * int32 [...] → float32 [..., classes]: 1 at each index, 0 elsewhere. A negative index gives zeros, and so does one from
 * `classes` on that is computed; inputs are checked when they are uploaded. No gradient. Throws DtypeError.
 */
export function oneHot(indices: Value, classes: number): Value {
  requireValues("oneHot", { indices });
  checkArgument("oneHot", "classes", classes, required(count));
  if (indices.dtype !== "int32") throw new DtypeError(`oneHot: indices are ${indices.dtype}, expected int32`);
  return applyOneHot(indices, classes);
}
