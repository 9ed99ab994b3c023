/** How the directions of one layer are run: each by itself or both in one loop. */
import { isTraining, traceMode } from "../../graph/mode.ts";
import type { Value } from "../../graph/value.ts";
import { flip, full } from "../../ops/layout/layout.ts";
import { reverseSequence } from "../../ops/recurrent/reverse-sequence.ts";
import type {
  Direction,
  DirectionResult,
  DirectionRun,
  DirectionRunner,
  LayerTrace,
  RecurrentOptions,
} from "./options.ts";
import { stepwise } from "./stepwise-later.ts";

/** What all directions of a layer are given. */
interface LayerInput {
  readonly sequence: Value;
  readonly lengths: Value | undefined;
  readonly inspect: boolean;
  readonly options: RecurrentOptions;
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
    const [length, batch] = given.sequence.shape as [number, number];
    if (!isOne && runner.runsTogether(directions, { length, batch })) {
      const runs = directions.map(runOf(true));
      return { results: turned(runner.runTogether(runs.map(({ input }) => input)), runs), count: 1 };
    }
    const count = isOne ? runner.diagonalOf(layers.flat(), { length, batch }) : 1;
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
  const one = given.inspect
    ? (run: DirectionRun) => stepwise.needed.inspectOne(runner, run)
    : (run: DirectionRun) => runOne(runner, run, given.options);
  return { results: directions.map((direction) => one(runOf(false)(direction))), count: 1 };
}

const turned = (results: readonly DirectionResult[], runs: readonly DirectionRun[]): TracedResult[] =>
  results.map((result, i) => ({ ...result, outputs: (runs[i] as DirectionRun).turn(result.outputs) }));

/** The sequence is turned unless the direction's kernels can go from the last step to the first. */
function prepare(
  runner: DirectionRunner,
  { sequence, lengths, inspect, options }: LayerInput,
  { suffix, reverse, index }: Direction,
  initial: readonly Value[],
  isTogether: boolean,
): DirectionRun {
  const rate = isTraining() ? (options.recurrentDropout ?? 0) : 0;
  const isPlain = !isTogether && !inspect && rate === 0 && options.checkpointEvery === undefined;
  const turns = reverse && !(isPlain && runner.hasKernels(index));
  const turn = (value: Value) => (!turns ? value : lengths ? reverseSequence(value, lengths) : flip(value, 0));
  const batch = sequence.shape[1] as number;
  const recurrentMask =
    rate > 0 ? stepwise.needed.dropout(full([batch, runner.outputSizeOf(index)], 1), rate) : undefined;
  const own = { index, suffix, reverse: reverse && !turns };
  return { input: { sequence: turn(sequence), initial, lengths, recurrentMask, ...own }, reverse, turn };
}

function runOne(runner: DirectionRunner, { input, turn }: DirectionRun, options: RecurrentOptions): DirectionResult {
  const { checkpointEvery: size } = options;
  const isWhole = size === undefined || size >= (input.sequence.shape[0] as number);
  const result = isWhole ? runner.run(input) : stepwise.needed.runSegments(runner, input, size);
  return { ...result, outputs: turn(result.outputs) };
}
