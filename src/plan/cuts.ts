import type { AdapterProfile } from "../graph/lowering.ts";
import type { PlannedDispatch } from "./program.ts";

/**
 * Seconds of GPU work that one submit may take: browsers reset a GPU that hangs for some seconds, and the page does not
 * paint meanwhile.
 */
const SUBMIT_BUDGET = 1;
/** Careful guesses of floating-point operations per second, and seconds per dispatch; too low only means more submits. */
const SPEED = { software: 1.5e9, hardware: 2e11 } as const;
const DISPATCH_SECONDS = { software: 20e-6, hardware: 5e-6 } as const;

/** A careful guess of a dispatch's time on the GPU. */
export const guessSeconds = ({ flops }: PlannedDispatch, kind: AdapterProfile["kind"]): number =>
  flops / SPEED[kind] + DISPATCH_SECONDS[kind];

/** Dispatch numbers at which a new submit starts. */
export function submitCuts(dispatches: readonly PlannedDispatch[], { kind }: AdapterProfile): number[] {
  const cuts: number[] = [];
  let seconds = 0;
  dispatches.forEach((dispatch, i) => {
    const cost = guessSeconds(dispatch, kind);
    if (seconds > 0 && seconds + cost > SUBMIT_BUDGET) {
      cuts.push(i);
      seconds = 0;
    }
    seconds += cost;
  });
  return cuts;
}
