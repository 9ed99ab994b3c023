import type { Answers } from "../engines/engine.ts";

/**
 * How far an engine's numbers may lie from ours: relative to the largest of them, since each sums in an order of its own
 * and rounds on the way. An engine that computes something else is off by more than that.
 */
const TOLERANCE = 1e-3;
const LOSS_TOLERANCE = 1e-4;

/** What is wrong with `found`, or nothing. */
export function disagreement(want: Answers, found: Answers): string | undefined {
  for (const [name, right] of Object.entries(want)) {
    const got = found[name];
    if (!got) return `gives no ${name}`;
    if (got.length !== right.length) return `${name}: ${got.length} numbers, ours are ${right.length}`;
    let largest = 0;
    let furthest = { distance: 0, at: 0 };
    for (let i = 0; i < right.length; i++) {
      const [a, b] = [right[i] as number, got[i] as number];
      if (!Number.isFinite(a) || !Number.isFinite(b)) return `${name}[${i}] is ${b}, ours is ${a}`;
      largest = Math.max(largest, Math.abs(a));
      if (Math.abs(a - b) > furthest.distance) furthest = { distance: Math.abs(a - b), at: i };
    }
    const allowed = (name === "loss" ? LOSS_TOLERANCE : TOLERANCE) * largest;
    if (furthest.distance > allowed) {
      const { at } = furthest;
      return `${name}[${at}] is ${got[at]}, ours is ${right[at]} (the largest is ${largest.toPrecision(3)})`;
    }
    if (largest === 0) return `${name}: all are zero, which compares nothing`;
  }
  return undefined;
}
