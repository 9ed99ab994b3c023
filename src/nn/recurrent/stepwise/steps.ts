import { callTree, callValue, withName } from "../../../graph/called.ts";
import { isTraining } from "../../../graph/mode.ts";
import type { Value } from "../../../graph/value.ts";
import type { LoopPart } from "../../../ops/dispatch/random-stream.ts";
import { add, mul, scalar, sub } from "../../../ops/elementwise/elementwise.ts";
import { select } from "../../../ops/elementwise/select.ts";
import { type Zone, zoneoutByLot } from "../../../ops/elementwise/zoneout.ts";
import { scanPart } from "../../../ops/loop/scan.ts";
import { stepMask } from "../../../ops/recurrent/lengths.ts";

/** What one step of a cell gives. */
export interface StepResult {
  readonly states: readonly Value[];
  readonly gates: Readonly<Record<string, Value>>;
}

/** A cell with what is wrapped around it, from an initial state. */
export interface Recurrence {
  /** What the cell is called. */
  readonly name: string;
  readonly initial: readonly Value[];
  readonly stateNames: readonly string[];
  /** [B, size of h], what the recurrent connections are multiplied by. */
  readonly recurrentMask: Value | undefined;
  /** For each state. */
  readonly zoneout: readonly number[];
  /** What the input gives to the gates, [..., gates·H]. */
  readonly project: (x: Value) => Value;
  readonly step: (states: readonly Value[], projected: Value) => StepResult;
}

/** A recurrence over a sequence. */
export interface StepsInput extends Recurrence {
  /** [T, B, input] */
  readonly sequence: Value;
  readonly lengths?: Value | undefined;
  readonly part?: LoopPart | undefined;
  readonly probe?: Value | undefined;
}

export interface StepsResult {
  readonly outputs: Value;
  readonly finals: readonly Value[];
  readonly states: Readonly<Record<string, Value>>;
  readonly gates: Readonly<Record<string, Value>>;
}

/** What a step of one recurrence is given. */
interface OwnInputs {
  readonly projected: Value;
  readonly probe: Value | null;
}

/** What a step is given. */
interface StepInputs {
  readonly own: readonly OwnInputs[];
  readonly mask: Value | null;
}

/** States of which some units stay what they were: by lot in training, by their share else (Krueger et al. 2017). */
export function zoneOut(zones: readonly Zone[]): Value[] {
  if (isTraining()) return zoneoutByLot(zones);
  return zones.map(({ before, after, rate }) => (rate === 0 ? after : add(before, mul(sub(after, before), 1 - rate))));
}

/** Runs a cell step by step with whatever may be wrapped around it: zoneout, recurrent dropout, lengths, probes. */
export const runSteps = (input: StepsInput): StepsResult => runStepsTogether([input])[0] as StepsResult;

/** Several recurrences of as many steps, with the same lengths, in one loop. */
export function runStepsTogether(inputs: readonly StepsInput[]): StepsResult[] {
  const [{ sequence, lengths, part }] = inputs as [StepsInput];
  const length = sequence.shape[0] as number;
  const xs: StepInputs = {
    own: inputs.map((input) => ({ projected: input.project(input.sequence), probe: input.probe ?? null })),
    mask: lengths ? stepMask(lengths, length) : null,
  };
  const carry: readonly (readonly Value[])[] = inputs.map(({ initial }) => [...initial]);
  const run = (states: readonly (readonly Value[])[], { own, mask }: StepInputs) => {
    const results = inputs.map((input, i) => runOnce(input, states[i] as readonly Value[], own[i] as OwnInputs, mask));
    return [results.map(({ next }) => next), results.map(({ out }) => out)] as const;
  };
  withName(run, inputs[0]?.name ?? "");
  const [finals, outs] = scanPart(xs, carry, run, false, part ?? { start: 0, total: length });
  return outs.map(({ outputs, states, gates }, i) => ({
    outputs,
    finals: [...(finals[i] as readonly Value[])],
    states: Object.fromEntries(states.map((state, j) => [inputs[i]?.stateNames[j] as string, state])),
    gates,
  }));
}

/** One step of one recurrence. Where `mask` is 0 it changes nothing and gives zeros. */
export function runOnce(
  { recurrentMask, stateNames, zoneout, step }: Recurrence,
  states: readonly Value[],
  { projected, probe }: OwnInputs,
  mask: Value | null,
) {
  const [h, ...rest] = states as [Value, ...Value[]];
  states.forEach((state, i) => {
    callValue(state, stateNames[i]);
  });
  const seen = recurrentMask ? mul(h, recurrentMask) : h;
  const result = step([seen, ...rest], projected);
  callTree(result.gates);
  const zones = result.states.map((after, i) => ({ before: states[i] as Value, after, rate: zoneout[i] ?? 0 }));
  const next = zoneOut(zones).map((blended, i) => {
    const probed = i === 0 && probe ? add(blended, probe) : blended;
    return mask ? select(mask, probed, states[i] as Value) : probed;
  });
  const outputs = mask ? select(mask, next[0] as Value, scalar(0)) : (next[0] as Value);
  // kept for all steps only where somebody looks
  return { next, out: { outputs, states: probe ? next : [], gates: probe ? result.gates : {} } };
}
