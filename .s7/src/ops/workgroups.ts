import type { AdapterProfile } from "../graph/op.ts";

/** Invocations per workgroup in kernels over a flat range (their `WORKGROUP_SIZE`). */
const WORKGROUP_SIZE = 64;
const MAX_WORKGROUPS = 65_535;

/** Workgroups for one invocation per element, folded into two dimensions where one would pass WebGPU's limit. */
export const linearWorkgroups = (size: number): [number, number] => foldWorkgroups(Math.ceil(size / WORKGROUP_SIZE));

export function foldWorkgroups(count: number): [number, number] {
  if (count <= MAX_WORKGROUPS) return [count, 1];
  const rows = Math.ceil(count / MAX_WORKGROUPS);
  return [Math.ceil(count / rows), rows];
}

/**
 * One workgroup per row with a tree in workgroup memory pays on GPUs for long rows; a software adapter emulates barriers
 * slowly and wants one thread per row.
 */
export const oneThreadPerRow = (adapter: AdapterProfile, rows: number, columns: number): boolean =>
  adapter.kind === "software" ? rows > 1 || columns <= 64 : columns <= 32;
