import { isTraining } from "../../graph/mode.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { MOST_SHARED_SUMS, mayBeReadInLoop, runsInside } from "../../ops/recurrent/hardware-ways.ts";
import { type BuiltInCell, type CellWeights, projectInput, runStep } from "./cell.ts";
import { RecurrentLayer } from "./layer.ts";
import {
  type Direction,
  type DirectionInput,
  type DirectionResult,
  type RecurrentOptions,
  type SequenceSize,
  zoneoutOf,
} from "./options.ts";
import type { StepsInput } from "./stepwise/steps.ts";
import { stepwise } from "./stepwise-later.ts";

/** Layers of a cell that is described by its step. */
export abstract class StepLayer<State extends string> extends RecurrentLayer {
  readonly #cells: readonly BuiltInCell<State>[];

  /** `cellOf` describes the cell of one direction of a layer of this size. */
  protected constructor(
    kind: string,
    inputSize: number,
    hiddenSize: number | readonly number[],
    cellOf: (hidden: number, direction: 0 | 1) => BuiltInCell<State>,
    options: RecurrentOptions,
  ) {
    const cells: BuiltInCell<State>[] = [];
    const shapeOf = (hidden: number, direction: 0 | 1) => {
      const cell = cellOf(hidden, direction);
      cells.push(cell);
      return cell;
    };
    super(kind, inputSize, hiddenSize, shapeOf, options);
    this.#cells = cells;
    // on a GPU several may share a loop
    if (cells.length > 1 || !this.hasKernels(0)) stepwise.want();
  }

  protected override hasKernels(index: number): boolean {
    const { kernels, states } = this.#cells[index] as BuiltInCell;
    return kernels !== undefined && Object.keys(states).every((name) => zoneoutOf(this.options, name) === 0);
  }

  protected override runDirection(input: DirectionInput): DirectionResult {
    const { sequence, initial, lengths, recurrentMask, probe, index, reverse = false } = input;
    const { kernels } = this.#cells[index] as BuiltInCell<State>;
    if (kernels && this.hasKernels(index) && !recurrentMask && !probe) {
      return kernels({ sequence, initial, lengths, reverse, weights: this.#weights(input) });
    }
    return stepwise.needed.runSteps(this.#stepsOf(input));
  }

  /** What of a GPU's choices depends on the cell: see `runsTogether` and `diagonalOf`. */
  #traitsOf({ index, suffix }: Direction, size: SequenceSize) {
    const { kernels, states, gates, hasOneRound } = this.#cells[index] as BuiltInCell<State>;
    const hidden = Object.values<number>(states)[0] as number;
    const { ih, hh } = this.#weights({ suffix });
    const isPlain = this.hasKernels(index) && !(isTraining() && this.options.recurrentDropout);
    return {
      ...{ hidden, gates, isOurs: kernels !== undefined, inputWeights: sizeOf(ih.shape) },
      // a workgroup runs all steps in one dispatch
      isOneDispatch: (isPlain || hasOneRound === true) && runsInside({ ...size, hidden }, gates),
      // the kernel made of several cells does as well as the one for this cell
      isEven: !isPlain || (hidden % 4 === 0 && hh.dtype === "float32"),
    };
  }

  /**
   * How many kinds of random numbers a direction draws for its steps. They are counted by step and in the order in which directions are
   * traced, and do not depend on how the loop is arranged.
   */
  #drawsOf({ index }: Direction): number {
    if (!isTraining()) return 0;
    const { states } = this.#cells[index] as BuiltInCell<State>;
    const zones = Object.keys(states).some((name) => zoneoutOf(this.options, name) > 0);
    return (this.options.recurrentDropout ? 1 : 0) + (zones ? 1 : 0);
  }

  /** A step waits for the one before longer than it computes. */
  protected override runsTogether(directions: readonly Direction[], size: SequenceSize): boolean {
    return directions.every((each) => {
      const { isEven, isOneDispatch } = this.#traitsOf(each, size);
      return isEven && !isOneDispatch && this.#drawsOf(each) < 2;
    });
  }

  protected override runDirections(inputs: readonly DirectionInput[]): DirectionResult[] {
    return stepwise.needed.runStepsTogether(inputs.map((input) => this.#stepsOf(input)));
  }

  /** The upper layers' products with their inputs go into the loop, which pays for small weights and few sums. */
  protected override diagonalOf(layers: readonly Direction[], size: SequenceSize): number {
    const traits = layers.map((each) => this.#traitsOf(each, size));
    const [{ hidden, gates }] = traits as [(typeof traits)[number]];
    const fits = (each: (typeof traits)[number], i: number) =>
      each.isOurs &&
      each.isEven &&
      !each.isOneDispatch &&
      this.#drawsOf(layers[i] as Direction) === 0 &&
      each.hidden === hidden &&
      (i === 0 || mayBeReadInLoop(each.inputWeights)) &&
      gates * (1 + 2 * i) <= MOST_SHARED_SUMS;
    const end = traits.findIndex((each, i) => !fits(each, i));
    return end < 0 ? traits.length : Math.max(1, end);
  }

  protected override runDiagonal(inputs: readonly DirectionInput[], rate: number): DirectionResult[] {
    const [{ sequence, lengths }] = inputs as [DirectionInput];
    const layers = inputs.map((input) => this.#stepsOf(input));
    const { outputs, finals } = stepwise.needed.diagonalLoop(layers, sequence, lengths, rate);
    return finals.map((each) => ({ outputs, finals: each }));
  }

  #weights({ suffix }: Pick<DirectionInput, "suffix">): CellWeights {
    const value = (name: string): Value | undefined => this.parameter(`${name}${suffix}`);
    return {
      ih: value("weight_ih") as Value,
      hh: value("weight_hh") as Value,
      biasIh: value("bias_ih"),
      biasHh: value("bias_hh"),
    };
  }

  #stepsOf(input: DirectionInput): StepsInput {
    const { suffix, sequence, initial, lengths, part, recurrentMask, probe, index } = input;
    const cell = this.#cells[index] as BuiltInCell<State>;
    const weights = this.#weights(input);
    const own = Object.fromEntries(
      [...Object.keys(cell.parameters ?? {}), ...(cell.addsBias ? ["bias_hh"] : [])].flatMap((name) => {
        const found = this.parameter(`${name}${suffix}`);
        return found ? [[name, found]] : [];
      }),
    );
    const names = Object.keys(cell.states) as State[];
    return {
      name: this.kind,
      sequence,
      initial,
      lengths,
      part,
      probe,
      stateNames: names,
      recurrentMask,
      zoneout: names.map((name) => zoneoutOf(this.options, name)),
      project: (x) => projectInput(cell, x, weights, own),
      step: (given, x) => {
        const states = Object.fromEntries(names.map((name, i) => [name, given[i]])) as Record<State, Value>;
        const result = runStep(this.kind, cell, { x, states, weight: weights.hh, own });
        return { states: names.map((name) => result.states[name]), gates: result.gates ?? {} };
      },
    };
  }
}
