import type { FitCallback } from "seqgrad";

/** Seconds since now, and those that a run took before it was broken off. */
export function openStopwatch(): Required<Pick<FitCallback, "name" | "state" | "restore">> & { seconds(): number } {
  const started = performance.now();
  let before = 0;
  const seconds = () => before + (performance.now() - started) / 1000;
  return {
    name: "stopwatch",
    seconds,
    state: () => ({ seconds: seconds() }),
    restore(state) {
      before = (state as { seconds: number }).seconds;
    },
  };
}
