/** Windows of sequences: what convolutions multiply with their weights. */

import { applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import type { NodeLowering, Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { reshape } from "./layout.ts";
import type { Moved } from "./moves.ts";

/** Which steps of [batch, length, inner] the windows [batch, count, window, inner] hold. */
export interface Windows {
  readonly length: number;
  readonly count: number;
  readonly window: number;
  /** From the first step of a window to that of the next. */
  readonly stride: number;
  /** From a step of a window to its next. */
  readonly dilation: number;
  /** Steps of the first window that lie before the sequence; they are 0, as those past its end are. */
  readonly before: number;
}

function lowerWindows(
  to: NodeLowering,
  kernel: Kernel,
  x: Slot,
  y: Slot,
  { length, count, ...placing }: Windows,
): void {
  const inner = y.shape.at(-1) as number;
  const vectors = inVectors(inner, x, y);
  const size = sizeOf(y.shape) / (vectors ? LANES : 1);
  to.dispatch({
    kernel,
    ...(vectors ? { variant: "vec4" } : {}),
    bind: { x, y },
    params: { size, inner, seq_len: length, num_windows: count, ...placing },
    workgroups: linearWorkgroups(size),
  });
}

const unfoldOp: Op<Windows, Moved> = {
  name: "unfold",
  gradient: ({ attributes }, { y: g }) => ({ x: fold(g, attributes) }),
  vectorize: ({ outputs, attributes }, { x }, _, length) => ({
    y: overSteps(unfold, x, outputs.y, attributes, length),
  }),
  lower({ inputs, outputs, attributes }, to) {
    lowerWindows(to, kernels.unfold, to.slot(inputs.x), to.output(outputs.y), attributes);
  },
};

const foldOp: Op<Windows, Moved> = {
  name: "fold",
  gradient: ({ attributes }, { y: g }) => ({ x: unfold(g, attributes) }),
  vectorize: ({ outputs, attributes }, { x }, _, length) => ({ y: overSteps(fold, x, outputs.y, attributes, length) }),
  lower({ inputs, outputs, attributes }, to) {
    lowerWindows(to, kernels.fold, to.slot(inputs.x), to.output(outputs.y), attributes);
  },
};

/** For all steps of a loop at once: they are a larger batch. */
function overSteps(f: typeof unfold, x: Value, y: Value, windows: Windows, steps: number): Value {
  const [, batch = 1, ...rest]: Shape = x.shape;
  return reshape(f(reshape(x, [steps * batch, ...rest]), windows), [steps, ...y.shape]);
}

/** float32 [batch, length, inner] → [batch, count, window, inner]. */
export function unfold(x: Value, windows: Windows): Value {
  const [batch, , inner] = x.shape as [number, number, number];
  return applyOne(unfoldOp, { x }, windows, {
    shape: [batch, windows.count, windows.window, inner],
    dtype: "float32",
  });
}

/** The sums over windows of what came from each element. */
export function fold(x: Value, windows: Windows): Value {
  const [batch, , , inner] = x.shape as [number, number, number, number];
  return applyOne(foldOp, { x }, windows, { shape: [batch, windows.length, inner], dtype: "float32" });
}
