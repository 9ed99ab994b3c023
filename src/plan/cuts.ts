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

/** From so many dispatches on it takes long enough to encode them that a GPU would wait for it: some hundred microseconds. */
const MANY = 128;
/**
 * Shares of the dispatches after which a GPU is given what has been encoded, so that it starts while JavaScript goes on. Each part is
 * as long as all before it. An estimate: not measured on a GPU.
 */
const EARLY = [1 / 8, 1 / 4, 1 / 2];

/** Dispatch numbers at which a new submit starts. A software adapter shares the processor with JavaScript, so it gains nothing early. */
export function submitCuts(dispatches: readonly PlannedDispatch[], { kind }: AdapterProfile): number[] {
  const early = kind === "hardware" && dispatches.length >= MANY ? EARLY : [];
  const starts = new Set(early.map((share) => Math.floor(share * dispatches.length)));
  const cuts: number[] = [];
  let seconds = 0;
  dispatches.forEach((dispatch, i) => {
    const cost = guessSeconds(dispatch, kind);
    if (starts.has(i) || (seconds > 0 && seconds + cost > SUBMIT_BUDGET)) {
      cuts.push(i);
      seconds = 0;
    }
    seconds += cost;
  });
  return cuts;
}
