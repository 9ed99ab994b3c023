/** Looking for what is not a finite number. */

import type { Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/optimizer.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

/** Tensors that one dispatch looks at. */
const TENSORS = 4;

/** Emits `flag |= bits` where an element of any of these float32 tensors is NaN or infinite. */
export function lowerNonFinite(to: Lowering, tensors: readonly Slot[], flag: Slot, bits: number): void {
  for (let i = 0; i < tensors.length; i += TENSORS) {
    const group = tensors.slice(i, i + TENSORS);
    const first = group[0] as Slot;
    const bind: Record<string, Slot> = { flag };
    const params: Record<string, number> = { bits };
    for (let k = 0; k < TENSORS; k++) {
      bind[`x${k}`] = group[k] ?? first;
      params[`size${k}`] = group[k] ? sizeOf((group[k] as Slot).shape) : 0;
    }
    const most = Math.max(...group.map(({ shape }) => sizeOf(shape)));
    to.dispatch({ kernel: kernels.non_finite, bind, params, workgroups: linearWorkgroups(most) });
  }
}
