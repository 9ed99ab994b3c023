import { kernelNamed } from "../kernels/kernel.ts";
import type { LoweringContext } from "./lowering.ts";

/**
 * Drops the dispatches whose results nobody reads: an operation may have been lowered before another one turned out to read
 * behind it, a broadcast for instance.
 */
export function dropUnread(to: LoweringContext): void {
  const { dispatches, origins, choices, memory } = to;
  const read = new Set<number>();
  const isNeeded = new Array<boolean>(dispatches.length).fill(false);
  for (let i = dispatches.length - 1; i >= 0; i--) {
    const { kernel, buffers } = dispatches[i] as (typeof dispatches)[number];
    const { bindings } = kernelNamed(kernel);
    isNeeded[i] = buffers.some(
      (buffer, place) =>
        bindings[place]?.access === "read_write" && (memory.buffers[buffer]?.kind !== "transient" || read.has(buffer)),
    );
    if (isNeeded[i]) for (const buffer of buffers) read.add(buffer);
  }
  if (isNeeded.every(Boolean)) return;
  // where each dispatch comes to stand
  const place = [0];
  for (const needed of isNeeded) place.push((place.at(-1) as number) + (needed ? 1 : 0));
  keep(dispatches, isNeeded);
  keep(origins, isNeeded);
  choices.forEach((choice, i) => {
    choices[i] = { ...choice, start: place[choice.start] as number, end: place[choice.end] as number };
  });
}

function keep<T>(list: T[], isKept: readonly boolean[]): void {
  list.splice(0, list.length, ...list.filter((_, i) => isKept[i]));
}
