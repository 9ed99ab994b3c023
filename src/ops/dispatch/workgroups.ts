import { UnsupportedError } from "../../errors.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";

/** Invocations per workgroup in kernels over a flat range (their `WORKGROUP_SIZE`). */
const WORKGROUP_SIZE = 64;
const MAX_WORKGROUPS = 65_535;
/** Rows that so many workgroups are folded into at least: tests fold few, too. */
export const folding = { rows: (_count: number): number => 1 };

/** Workgroups for one invocation per element, folded into two dimensions where one would pass WebGPU's limit. */
export const linearWorkgroups = (size: number): [number, number] => foldWorkgroups(Math.ceil(size / WORKGROUP_SIZE));

/**
 * Spreads a linear count of workgroups over (x, y); the kernel returns past the count. With the name of an operation and its
 * adapter, a count that no two dimensions hold is refused.
 */
export function foldWorkgroups(count: number): [number, number];
export function foldWorkgroups(op: string, count: number, adapter: AdapterProfile): [number, number];
export function foldWorkgroups(first: number | string, second = 0, adapter?: AdapterProfile): [number, number] {
  const [op, count] = typeof first === "number" ? ["dispatch", first] : [first, second];
  const limit = adapter?.limits.maxComputeWorkgroupsPerDimension ?? MAX_WORKGROUPS;
  const y = Math.max(folding.rows(count), Math.ceil(count / limit));
  if (y > limit) {
    throw new UnsupportedError(
      `${op}: needs ${count} workgroups, expected at most ${limit} · ${limit} on this adapter, split the batch`,
    );
  }
  return [Math.ceil(count / y), y];
}
