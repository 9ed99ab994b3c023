import type { Device } from "../../../src/index.ts";
import { folding } from "../../../src/ops/dispatch/workgroups.ts";

/**
 * What small cases would not meet by themselves: no tensor begins its buffer, and all counts of workgroups are folded into two
 * dimensions, with some to spare.
 */
export function makeAwkward(device: Device): void {
  const holder = device as { profile: Device["profile"] };
  holder.profile = { ...holder.profile, lead: 4 };
  folding.least = 2;
}
