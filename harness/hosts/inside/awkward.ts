import type { Device } from "../../../src/index.ts";
import { folding } from "../../../src/ops/dispatch/workgroups.ts";

/**
 * What small cases would not meet by themselves: no tensor begins its buffer, and counts of workgroups are folded into two
 * dimensions. Some counts leave workgroups to spare, which must write nothing: one of multiples of four, past which the zone
 * behind a tensor begins (guard-zones.ts), and odd ones. Others leave none, since those would do the work that is left undone
 * by mistake.
 */
export function makeAwkward(device: Device): void {
  const holder = device as { profile: Device["profile"] };
  holder.profile = { ...holder.profile, lead: 4 };
  folding.rows = (count) => (count <= 2 ? 1 : count % 4 === 0 ? 3 : 2);
}
