/** How the directions of one layer are run: each by itself or both in one loop, in one go or in segments, with a look inside. */
import { isTraining, traceMode } from "../../graph/mode.ts";
import type { Value } from "../../graph/value.ts";
import { dropout } from "../../ops/elementwise/dropout.ts";
import { concat, flip, full, permute, split, zeros } from "../../ops/layout/layout.ts";
import { checkpointWith } from "../../ops/loop/checkpoint.ts";
import { shiftLengths } from "../../ops/recurrent/lengths.ts";
import { reverseSequence } from "../../ops/recurrent/reverse-sequence.ts";
import type { DirectionInput, DirectionResult, LayerTrace, RecurrentOptions } from "./options.ts";

/** One direction of one layer. */
export interface Direction {
  readonly layer: number;
  /** It is the other one of a layer of two. */
  readonly second: boolean;
  readonly reverse: boolean;
  readonly suffix: string;
  readonly index: number;
}

/** What a layer's cell can do, by the index of the direction. */
export interface DirectionRunner {
  /** Size of what a step gives. */
  outputSizeOf(index: number): number;
  /** Whether kernels compute the cell, which can go from the last step to the first and look inside at nothing. */
  hasKernels(index: number): boolean;
  /** Whether GPUs had better run these in one loop. */
  runsTogether(directions: readonly Direction[]): boolean;
  run(input: DirectionInput): DirectionResult;
  runTogether(inputs: readonly DirectionInput[]): DirectionResult[];
  /** How many of these layers GPUs had better run along the diagonal. */
  diagonalOf(layers: readonly Direction[]): number;
  /** `rate` is the dropout between the layers. Of each layer the outputs are the last one's. */
  runDiagonal(inputs: readonly DirectionInput[], rate: number): DirectionResult[];
}

/** What all directions of a layer are given. */
interface LayerInput {
  readonly sequence: Value;
  readonly lengths: Value | undefined;
  readonly inspect: boolean;
  readonly options: RecurrentOptions;
}

/** A direction of a layer that is about to be run. */
interface Run {
  readonly input: DirectionInput;
  readonly reverse: boolean;
  /** From time's order to the one in which it is run, and back. */
  turn(value: Value): Value;
}

interface TracedResult extends DirectionResult {
  readonly trace?: LayerTrace;
}

/** Whether the loop may be arranged for a GPU: nobody looks inside, and nothing is computed again. */
const isFree = ({ inspect, options: { checkpointEvery } }: LayerInput): boolean =>
  traceMode().adapter === "hardware" && !inspect && checkpointEvery === undefined;

/**
 * Runs the first of these layers in all its directions, or as many of them as go along the diagonal. `layers` are those that are left,
 * each with its directions, `initial` the states of a direction.
 */
export function runLayer(
  runner: DirectionRunner,
  given: LayerInput,
  layers: readonly (readonly Direction[])[],
  initial: (direction: Direction) => readonly Value[],
): { readonly results: TracedResult[]; readonly count: number } {
  const [directions] = layers as [readonly Direction[]];
  const runOf = (isTogether: boolean) => (direction: Direction) =>
    prepare(runner, given, direction, initial(direction), isTogether);
  if (isFree(given)) {
    const isOne = directions.length === 1;
    if (!isOne && runner.runsTogether(directions)) {
      const runs = directions.map(runOf(true));
      return { results: turned(runner.runTogether(runs.map(({ input }) => input)), runs), count: 1 };
    }
    const count = isOne ? runner.diagonalOf(layers.flat()) : 1;
    if (count > 1) {
      const runs = layers.slice(0, count).flat().map(runOf(true));
      const rate = isTraining() ? (given.options.dropout ?? 0) : 0;
      return {
        results: turned(
          runner.runDiagonal(
            runs.map(({ input }) => input),
            rate,
          ),
          runs,
        ),
        count,
      };
    }
  }
  const one = given.inspect ? (run: Run) => inspectOne(runner, run) : (run: Run) => runOne(runner, run, given.options);
  return { results: directions.map((direction) => one(runOf(false)(direction))), count: 1 };
}

const turned = (results: readonly DirectionResult[], runs: readonly Run[]): TracedResult[] =>
  results.map((result, i) => ({ ...result, outputs: (runs[i] as Run).turn(result.outputs) }));

/** The sequence is turned unless the direction's kernels can go from the last step to the first. */
function prepare(
  runner: DirectionRunner,
  { sequence, lengths, inspect, options }: LayerInput,
  { suffix, reverse, index }: Direction,
  initial: readonly Value[],
  isTogether: boolean,
): Run {
  const rate = isTraining() ? (options.recurrentDropout ?? 0) : 0;
  const isPlain = !isTogether && !inspect && rate === 0 && options.checkpointEvery === undefined;
  const turns = reverse && !(isPlain && runner.hasKernels(index));
  const turn = (value: Value) => (!turns ? value : lengths ? reverseSequence(value, lengths) : flip(value, 0));
  const batch = sequence.shape[1] as number;
  const recurrentMask = rate > 0 ? dropout(full([batch, runner.outputSizeOf(index)], 1), rate) : undefined;
  const own = { index, suffix, reverse: reverse && !turns };
  return { input: { sequence: turn(sequence), initial, lengths, recurrentMask, ...own }, reverse, turn };
}

function runOne(runner: DirectionRunner, { input, turn }: Run, options: RecurrentOptions): DirectionResult {
  const result = runSegments(runner, input, options.checkpointEvery);
  return { ...result, outputs: turn(result.outputs) };
}

function inspectOne(runner: DirectionRunner, { input, reverse, turn }: Run): TracedResult {
  const [length, batch] = input.sequence.shape as [number, number];
  const probe = zeros([length, batch, runner.outputSizeOf(input.index)]);
  const result = runner.run({ ...input, probe: turn(probe) });
  const batchFirst = (values: Readonly<Record<string, Value>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, permute(turn(value), [1, 0, 2])]));
  const direction = reverse ? "reverse" : "forward";
  const trace = { direction, states: batchFirst(result.states), gates: batchFirst(result.gates), probe } as const;
  return { ...result, outputs: turn(result.outputs), trace };
}

/** The sequence in one go, or in segments whose inner values are computed again in the backward pass. */
function runSegments(runner: DirectionRunner, run: DirectionInput, size: number | undefined): DirectionResult {
  const length = run.sequence.shape[0] as number;
  if (size === undefined || size >= length) return runner.run(run);
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
