/**
 * What a recurrent cell is, in one place: its states and parameters, and one time step of operations that everyone has. From that
 * follow the layer over sequences with all that layers may have (directions, lengths, dropout, zoneout, checkpoints), the cell by
 * itself, and the kernels that a loop makes of it.
 */
import { ShapeError } from "../../errors.ts";
import { type Initializer, Parameter } from "../../graph/parameter.ts";
import { formatShape, type Shape, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { show } from "../../options.ts";
import { uniform } from "../initializers.ts";
import type { CellOptions, DirectionResult } from "./options.ts";

/** A parameter of a cell beside the weights and biases that all cells have. */
export interface CellParameter {
  /** Its extents. */
  readonly shape: Shape;
  /** How it starts; uniform ±1/√hiddenSize unless given. */
  readonly start?: Initializer;
}

/** What a cell has. */
export interface CellShape<State extends string = string> {
  /** Blocks of `hidden` rows in `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`. */
  readonly gates: number;
  /** Sizes of its states by name, of which the first is the output. */
  readonly states: Readonly<Record<State, number>>;
  /** Further parameters by name, without a layer's ending. */
  readonly parameters?: Readonly<Record<string, CellParameter>>;
}

/** What a step is given. */
export interface CellInput<State extends string = string> {
  /** What the input and the biases give to the gates, [batch, gates·hidden]. */
  readonly x: Value;
  /** States of the step before by name, [batch, size]. */
  readonly states: Readonly<Record<State, Value>>;
  /** `weight_hh`, [gates·hidden, size of the first state]. */
  readonly weight: Value;
  /** Further parameters by name, and `bias_hh` where the cell adds it by itself. */
  readonly own: Readonly<Record<string, Value>>;
}

/** What a step gives. */
export interface CellOutput<State extends string = string> {
  /** By name, [batch, size]. */
  readonly states: Readonly<Record<State, Value>>;
  /** What `inspect` shows. */
  readonly gates?: Readonly<Record<string, Value>>;
}

/** A recurrent cell: what it has, and its step. */
export interface RecurrentCell<State extends string = string> extends CellShape<State> {
  /** `bias_hh` does not join the input's part but is given to the step. */
  readonly addsBias?: boolean;
  /** What becomes of the input's product, before the biases, [..., gates·hidden]; for all steps at once. */
  readonly input?: (product: Value, own: Readonly<Record<string, Value>>) => Value;
  /** One time step, of operations that everyone has. */
  readonly step: (given: CellInput<State>) => CellOutput<State>;
}

/** A whole sequence for kernels by hand, time-major. */
export interface KernelRun {
  readonly sequence: Value;
  readonly initial: readonly Value[];
  readonly lengths: Value | undefined;
  readonly reverse: boolean;
  readonly weights: CellWeights;
}

/** A cell of ours, which may have kernels by hand that run whole sequences. */
export interface BuiltInCell<State extends string = string> extends RecurrentCell<State> {
  readonly kernels?: ((run: KernelRun) => DirectionResult) | undefined;
  /** A step is a round of products, and then functions of each unit: so a loop of steps is one kernel. */
  readonly hasOneRound?: boolean;
}

/** The parameters that all cells have. */
export interface CellWeights {
  readonly ih: Value;
  readonly hh: Value;
  readonly biasIh: Value | undefined;
  readonly biasHh: Value | undefined;
}

type Starts = Pick<CellOptions, "bias" | "singleBias" | "initializers">;

/** Makes the parameters of a cell by their names. Cells whose gates do not see the state have no weights for it. */
export function makeParameters(
  { gates, states, parameters = {} }: CellShape,
  sizes: { readonly input: number; readonly hidden: number },
  { bias = true, singleBias = false, initializers = {} }: Starts,
  seesState = true,
): Record<string, Parameter> {
  const bound = 1 / Math.sqrt(seesState ? sizes.hidden : sizes.input);
  const usual = () => uniform(-bound, bound);
  const make = (shape: Shape, start: (shape: Shape) => Initializer = usual) => new Parameter(shape, start(shape));
  const rows = gates * sizes.hidden;
  const size = Object.values(states)[0] as number;
  const { input, recurrent, bias: biasStart } = initializers;
  return {
    weight_ih: make([rows, sizes.input], input),
    ...(seesState ? { weight_hh: make([rows, size], recurrent) } : {}),
    ...(bias ? { bias_ih: make([rows], biasStart) } : {}),
    ...(bias && seesState && !singleBias ? { bias_hh: make([rows], biasStart) } : {}),
    ...Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, start }]) => [name, make(shape, start && (() => start))]),
    ),
  };
}

/** The bias of the input's part. */
export const inputBias = ({ addsBias }: Pick<RecurrentCell, "addsBias">, { biasIh, biasHh }: CellWeights) =>
  biasIh && biasHh && !addsBias ? add(biasIh, biasHh) : biasIh;

/** The input's part of the gates, for one step or for all, [..., gates·hidden]. */
export function projectInput(
  cell: RecurrentCell,
  x: Value,
  weights: CellWeights,
  own: Readonly<Record<string, Value>>,
): Value {
  const bias = inputBias(cell, weights);
  if (!cell.input) return linear(x, weights.ih, bias);
  const part = cell.input(linear(x, weights.ih), own);
  return bias ? add(part, bias) : part;
}

/** Runs the step, and throws ShapeError unless it gives all states in their shapes. */
export function runStep<State extends string>(
  where: string,
  cell: RecurrentCell<State>,
  given: CellInput<State>,
): CellOutput<State> {
  const result = cell.step(given);
  for (const name of Object.keys(cell.states) as State[]) {
    const { shape } = given.states[name];
    const next: unknown = result?.states?.[name];
    if (next instanceof Value && sameShape(next.shape, shape)) continue;
    throw new ShapeError(
      `${where}: the step gives ${next instanceof Value ? formatShape(next.shape) : show(next)} as state ${name}, expected a value ${formatShape(shape)}, like the state before`,
    );
  }
  return result;
}
