import { applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { attentionLengths } from "../attention/check.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

/** x [batch, length, ...] */
const withinLengthsOp: Op<null, { readonly x: Value; readonly lengths: Value }> = {
  name: "withinLengths",
  gradient: ({ inputs: { lengths } }, { y: g }) => ({ x: withinLengths(g, lengths) }),
  ranges: ({ inputs: { x, lengths } }) => [attentionLengths(lengths, x.shape[1] as number)],
  lower({ inputs, outputs }, to) {
    const { x, lengths } = to.slots(inputs);
    const y = to.output(outputs.y);
    const [batch, length] = y.shape as [number, number];
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.mask_steps,
      variant: "batch_first",
      bind: { x, lengths, y },
      params: { size, batch_size: batch, inner: size / batch / length },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** `x` [batch, length, ...], with zeros behind the first lengths[b] (int32 [batch], 0 to length) of each b, whatever stands there. */
export const withinLengths = (x: Value, lengths: Value): Value => applyOne(withinLengthsOp, { x, lengths }, null, x);
