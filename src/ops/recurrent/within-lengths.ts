import { applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { attentionLengths } from "../attention/check.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

/** Inputs x [batch, length, ...] and lengths. */
const withinLengthsOp: Op<null> = {
  name: "withinLengths",
  gradient: ({ inputs: [, lengths] }, [g]) => [g && withinLengths(g, lengths as Value), undefined],
  ranges: ({ inputs: [x] }) => [attentionLengths(1, (x as Value).shape[1] as number)],
  lower({ inputs, outputs }, to) {
    const [x, lengths] = inputs.map((input) => to.slot(input)) as [Slot, Slot];
    const y = to.output(outputs[0] as Value);
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
export const withinLengths = (x: Value, lengths: Value): Value => applyOne(withinLengthsOp, [x, lengths], null, x);
