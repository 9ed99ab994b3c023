import { isTraining } from "../../graph/mode.ts";
import type { Value } from "../../graph/value.ts";
import { fitsWorkgroup } from "../../ops/recurrent/hardware-ways.ts";
import { type BuiltInCell, type CellWeights, projectInput, runStep } from "./cell.ts";
import { RecurrentLayer } from "./layer.ts";
import { type DirectionInput, type DirectionResult, type RecurrentOptions, zoneoutOf } from "./options.ts";
import { runSteps, runStepsTogether, type StepsInput } from "./steps.ts";

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
    return runSteps(this.#stepsOf(input));
  }

  /** On GPUs, where a step waits for the one before longer than it computes, unless kernels by hand run all steps at once. */
  protected override runsTogether([index]: readonly number[]): boolean {
    if (!this.hasKernels(index as number) || (isTraining() && this.options.recurrentDropout)) return true;
    const hidden = this.hiddenSizes[Math.floor((index as number) / 2)] as number;
    const isFloat32 = this.#weights({ suffix: "_l0" }).hh.dtype === "float32";
    return !fitsWorkgroup(hidden) && hidden % 4 === 0 && isFloat32;
  }

  protected override runDirections(inputs: readonly DirectionInput[]): DirectionResult[] {
    return runStepsTogether(inputs.map((input) => this.#stepsOf(input)));
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
      projected: projectInput(cell, sequence, weights, own),
      initial,
      lengths,
      part,
      probe,
      stateNames: names,
      recurrentMask,
      zoneout: names.map((name) => zoneoutOf(this.options, name)),
      step: (given, x) => {
        const states = Object.fromEntries(names.map((name, i) => [name, given[i]])) as Record<State, Value>;
        const result = runStep(this.kind, cell, { x, states, weight: weights.hh, own });
        return { states: names.map((name) => result.states[name]), gates: result.gates ?? {} };
      },
    };
  }
}
