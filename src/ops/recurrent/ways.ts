/** The ways to compute a recurrence, of which one is emitted. */
import type { Lowering } from "../../graph/lowering.ts";
import { type Recurrence, shapeOf } from "./cells.ts";
import { type ChosenKernel, float16Variant, lowerKernel, naiveKernel } from "./dispatches.ts";
import { hardwareWays } from "./hardware-ways.ts";
import { softwareWays } from "./software-ways.ts";

/** Emits the way that was measured to be the fastest, else the rule's. Its key is `lstm forward T B H`. */
export function lowerRecurrence(to: Lowering, r: Recurrence): void {
  const { cell, direction, length, batch, hidden } = r;
  const key = [cell, direction, length, batch, hidden, float16Variant(r)]
    .filter((part) => part !== undefined)
    .join(" ");
  const step = shapeOf(r);
  const { ways, rule, secondsOfStep } =
    to.adapter.kind === "hardware" ? hardwareWays(to.adapter, step) : softwareWays(to.adapter, step);
  const emit = (kernel: ChosenKernel) => () => lowerKernel(to, r, kernel, secondsOfStep);
  to.choose({
    key,
    ways: Object.fromEntries(Object.entries(ways).map(([name, kernel]) => [name, emit(kernel)])),
    rule,
    naive: emit(naiveKernel(to.adapter, step)),
  });
}
