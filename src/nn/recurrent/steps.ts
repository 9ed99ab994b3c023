import { isTraining } from "../../graph/mode.ts";
import type { Value } from "../../graph/value.ts";
import type { LoopPart } from "../../ops/dispatch/random-stream.ts";
import { dropout } from "../../ops/elementwise/dropout.ts";
import { add, mul, scalar, sub } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { full } from "../../ops/layout/layout.ts";
import { scanPart } from "../../ops/loop/scan.ts";
import { stepMask } from "../../ops/recurrent/lengths.ts";

/** What one step of a cell gives. */
export interface StepResult {
  readonly states: readonly Value[];
  readonly gates: Readonly<Record<string, Value>>;
}

export interface StepsInput {
  /** [T, B, gates·H] */
  readonly projected: Value;
  readonly initial: readonly Value[];
  readonly stateNames: readonly string[];
  readonly lengths?: Value | undefined;
  readonly part?: LoopPart | undefined;
  readonly probe?: Value | undefined;
  /** [B, size of h], what the recurrent connections are multiplied by. */
  readonly recurrentMask: Value | undefined;
  /** For each state. */
  readonly zoneout: readonly number[];
  readonly step: (states: readonly Value[], projected: Value) => StepResult;
}

interface StepInputs {
  readonly projected: Value;
  readonly mask: Value | null;
  readonly probe: Value | null;
}

/** A state of which some units stay what they were: by lot in training, by their share else (Krueger et al. 2017). */
export function zoneOut(before: Value, after: Value, rate: number): Value {
  if (rate === 0) return after;
  const change = sub(after, before);
  // dropout of ones gives 1 / (1 − rate) or 0: 1 where a state takes its new value
  const renewed = isTraining() ? mul(dropout(full(before.shape, 1), rate), 1 - rate) : undefined;
  return add(before, renewed ? mul(renewed, change) : mul(change, 1 - rate));
}

/** Runs a cell step by step with whatever may be wrapped around it: zoneout, recurrent dropout, lengths, probes. */
export function runSteps(input: StepsInput) {
  const { projected, initial, stateNames, lengths, probe, recurrentMask, zoneout, step } = input;
  const length = projected.shape[0] as number;
  const part = input.part ?? { start: 0, total: length };
  const xs: StepInputs = { projected, mask: lengths ? stepMask(lengths, length) : null, probe: probe ?? null };
  const run = (states: readonly Value[], x: StepInputs) => {
    const [h, ...rest] = states as [Value, ...Value[]];
    const seen = recurrentMask ? mul(h, recurrentMask) : h;
    const result = step([seen, ...rest], x.projected);
    const next = result.states.map((after, i) => {
      const before = states[i] as Value;
      const blended = zoneOut(before, after, zoneout[i] ?? 0);
      const probed = i === 0 && x.probe ? add(blended, x.probe) : blended;
      return x.mask ? select(x.mask, probed, before) : probed;
    });
    const outputs = x.mask ? select(x.mask, next[0] as Value, scalar(0)) : (next[0] as Value);
    // kept for all steps only where somebody looks
    return [next, { outputs, states: probe ? next : [], gates: probe ? result.gates : {} }] as const;
  };
  const [finals, out] = scanPart(xs, [...initial] as readonly Value[], run, false, part);
  const states = Object.fromEntries(out.states.map((state, i) => [stateNames[i] as string, state]));
  return { outputs: out.outputs, finals: [...finals], states, gates: out.gates };
}
