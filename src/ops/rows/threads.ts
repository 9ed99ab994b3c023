/** What operations on rows depend on of the kind of adapter, with the thresholds. */
import type { AdapterProfile } from "../../graph/lowering.ts";

/**
 * One workgroup per row with a tree in workgroup memory pays on GPUs for long rows; a software adapter emulates barriers
 * slowly and wants one thread per row.
 */
export const oneThreadPerRow = (adapter: AdapterProfile, rows: number, columns: number): boolean =>
  adapter.kind === "software" ? rows > 1 || columns <= 64 : columns <= 32;

/** Threads that keep an adapter busy, and the fewest summands that one is worth. */
const BUSY = { software: 64, hardware: 16_384 } as const;
const FEWEST_SUMMANDS = 32;

/** Where few results are sums of many elements: into how many chunks, and how long ones, the `n` summands of each are cut. */
export function chunksOf({ kind }: AdapterProfile, results: number, n: number): { chunks: number; chunkSize: number } {
  const wanted = Math.min(Math.ceil(BUSY[kind] / results), Math.floor(n / FEWEST_SUMMANDS));
  const chunkSize = Math.ceil(n / Math.max(1, wanted));
  return { chunks: Math.ceil(n / chunkSize), chunkSize };
}
