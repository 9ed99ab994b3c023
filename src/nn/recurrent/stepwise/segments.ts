/** A direction of a layer with a look inside, or in segments. */
import type { Value } from "../../../graph/value.ts";
import { concat, permute, split, zeros } from "../../../ops/layout/layout.ts";
import { checkpointWith } from "../../../ops/loop/checkpoint.ts";
import { shiftLengths } from "../../../ops/recurrent/lengths.ts";
import type { DirectionInput, DirectionResult, DirectionRun, DirectionRunner, LayerTrace } from "../options.ts";

/** With all states and gates, and probes. */
export function inspectOne(
  runner: DirectionRunner,
  { input, reverse, turn }: DirectionRun,
): DirectionResult & { readonly trace: LayerTrace } {
  const [length, batch] = input.sequence.shape as [number, number];
  const probe = zeros([length, batch, runner.outputSizeOf(input.index)]);
  const result = runner.run({ ...input, probe: turn(probe) });
  const batchFirst = (values: Readonly<Record<string, Value>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, permute(turn(value), [1, 0, 2])]));
  const direction = reverse ? "reverse" : "forward";
  const trace = { direction, states: batchFirst(result.states), gates: batchFirst(result.gates), probe } as const;
  return { ...result, outputs: turn(result.outputs), trace };
}

/** The sequence in segments whose inner values are computed again in the backward pass. */
export function runSegments(runner: DirectionRunner, run: DirectionInput, size: number): DirectionResult {
  const length = run.sequence.shape[0] as number;
  const sizes = Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
  const outputs: Value[] = [];
  // every segment draws from the streams of the first
  const streams: object[] = [];
  let states = [...run.initial];
  split(run.sequence, sizes).forEach((sequence, i) => {
    const lengths = run.lengths && shiftLengths(run.lengths, i * size, length);
    const done = checkpointWith(
      streams,
      (segment: Value, from: readonly Value[], own: Value | undefined, recurrentMask: Value | undefined) => {
        const inputs = { sequence: segment, initial: from, lengths: own, recurrentMask };
        const part = { start: i * size, total: length };
        const result = runner.run({ ...inputs, index: run.index, suffix: run.suffix, part });
        return { outputs: result.outputs, finals: result.finals };
      },
      sequence,
      states,
      lengths,
      run.recurrentMask,
    );
    outputs.push(done.outputs);
    states = [...done.finals];
  });
  return { outputs: concat(outputs), finals: states };
}
