import { ArgumentError, UnsupportedError } from "../../errors.ts";
import { optionalValue } from "../../graph/arguments.ts";
import { Parameter } from "../../graph/parameter.ts";
import type { DefaultedNamedSpec, DefaultedSpec, Extent } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add, mul, scalar } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { concat, permute, reshape, zeros } from "../../ops/layout/layout.ts";
import { maskSteps } from "../../ops/recurrent/reverse-sequence.ts";
import { broadcastTo } from "../../ops/rows/reduce.ts";
import { checkArgument, checkOptions, count, either, listOf } from "../../options.ts";
import { zero } from "../initializers.ts";
import { MOST_LAYERS, requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { type CellShape, makeParameters } from "./cell.ts";
import { checkInput, requireOneBias } from "./check.ts";
import { runLayer } from "./directions.ts";
import type {
  Direction,
  DirectionInput,
  DirectionResult,
  DirectionRunner,
  LayerTrace,
  RecurrentOptions,
  SequenceOptions,
  SequenceResult,
  SequenceSize,
} from "./options.ts";
import { StateLayout } from "./states.ts";
import { dropped, stepwise } from "./stepwise-later.ts";

/**
 * Layers of a recurrent net: [batch, time, inputSize] → [batch, time, outputSize]. Parameters have PyTorch's names and
 * layouts (`weight_ih_l0` [gates·hidden, input], `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `…_reverse`).
 */
export abstract class RecurrentLayer extends Module {
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly hasBias: boolean;
  /** Of the last layer. */
  readonly hiddenSize: number;
  /** Of each layer. */
  readonly hiddenSizes: readonly number[];
  /** Of each direction of each layer. */
  readonly #shapes: readonly CellShape[];
  /** By the states' names. */
  readonly #layouts: Readonly<Record<string, StateLayout>>;
  readonly #runner: DirectionRunner = {
    outputSizeOf: (index) => this.#outputSizeOf(index),
    hasKernels: (index) => this.hasKernels(index),
    runsTogether: (directions, size) => this.runsTogether(directions, size),
    run: (input) => this.runDirection(input),
    runTogether: (inputs) => this.runDirections(inputs),
    diagonalOf: (layers, size) => this.diagonalOf(layers, size),
    runDiagonal: (inputs, rate) => this.runDiagonal(inputs, rate),
  };

  /** `shapeOf` says what the cell of one direction of a layer of this size has. */
  constructor(
    /** The layer's name in messages. */
    readonly kind: string,
    readonly inputSize: number,
    hiddenSize: number | readonly number[],
    shapeOf: (hidden: number, direction: 0 | 1) => CellShape,
    readonly options: RecurrentOptions,
    /** Whether gates see the state. */
    seesState = true,
  ) {
    super();
    const { bidirectional = false, bias = true, singleBias = false, dropout = 0 } = options;
    this.hiddenSizes = hiddenSizesOf(kind, hiddenSize, options.numLayers);
    requireSizes(kind, { inputSize });
    const numLayers = this.hiddenSizes.length;
    if (dropout > 0 && numLayers === 1) {
      throw new ArgumentError(
        `${kind}: dropout is ${dropout} with numLayers 1, expected several layers, as it acts between them; use inputDropout, or dropout on the outputs`,
      );
    }
    if (bidirectional && options.reverse) {
      throw new UnsupportedError(`${kind}: reverse is set for a bidirectional layer, expected one of the two`);
    }
    requireOneBias(kind, { bias, singleBias });
    this.numLayers = numLayers;
    this.bidirectional = bidirectional;
    this.hasBias = bias;
    this.hiddenSize = this.hiddenSizes.at(-1) as number;
    this.#shapes = this.#directions().map(({ layer, second }) =>
      shapeOf(this.hiddenSizes[layer] as number, second ? 1 : 0),
    );
    this.#layouts = this.#layoutsOf();
    this.#createParameters(seesState);
    const { checkpointEvery, inputDropout, recurrentDropout } = options;
    if (checkpointEvery || inputDropout || dropout || recurrentDropout) stepwise.want();
  }

  /** Size of a step's output. */
  get outputSize(): number {
    return this.#mergedSize(this.numLayers - 1);
  }

  #layoutsOf(): Record<string, StateLayout> {
    const layers = this.#shapes.filter((_, index) => index % this.#directionCount === 0);
    const names = Object.keys((layers[0] as CellShape).states);
    return Object.fromEntries(
      names.map((name) => [
        name,
        new StateLayout(
          layers.map(({ states }) => states[name] as number),
          this.#directionCount,
        ),
      ]),
    );
  }

  /** Those of all layers and directions. */
  #createParameters(seesState: boolean): void {
    for (const { layer, suffix, index } of this.#directions()) {
      const sizes = {
        input: layer === 0 ? this.inputSize : this.#mergedSize(layer - 1),
        hidden: this.hiddenSizes[layer] as number,
      };
      const made = makeParameters(this.#shapes[index] as CellShape, sizes, this.options, seesState);
      for (const [name, parameter] of Object.entries(made)) this.#setParameter(`${name}${suffix}`, parameter);
    }
    if (!this.options.trainableState) return;
    for (const [name, { extents }] of Object.entries(this.#layouts)) {
      const [rows, size] = extents;
      this.#setParameter(`${name}_0`, new Parameter([rows, 1, size], zero));
    }
  }

  #setParameter(name: string, parameter: Parameter): void {
    (this as unknown as Record<string, Parameter>)[name] = parameter;
  }

  protected parameter(name: string): Parameter | undefined {
    return (this as unknown as Record<string, Parameter | undefined>)[name];
  }

  /** Shapes of the states for a batch, by name; zeros where they are left out. */
  protected stateSpecs(batch: Extent): Record<string, DefaultedNamedSpec> {
    return Object.fromEntries(Object.entries(this.#layouts).map(([name, layout]) => [name, layout.spec(batch)]));
  }

  /** Whether kernels compute this cell, which can go from the last step to the first and look inside at nothing. */
  protected hasKernels(_index: number): boolean {
    return false;
  }

  /** Runs one direction of one layer. */
  protected abstract runDirection(input: DirectionInput): DirectionResult;

  /** Whether on a GPU both directions of a layer are better run by `runDirections`. */
  protected runsTogether(_directions: readonly Direction[], _size: SequenceSize): boolean {
    return false;
  }

  /** Directions of one layer in one loop, each with its sequence in the order in which it is to be run. */
  protected runDirections(inputs: readonly DirectionInput[]): DirectionResult[] {
    return inputs.map((input) => this.runDirection(input));
  }

  /** How many of these layers, the first and those above it, a GPU had better run by `runDiagonal`. */
  protected diagonalOf(_layers: readonly Direction[], _size: SequenceSize): number {
    return 1;
  }

  /** Layers one above the other, each of one direction; all have the first one's sequence, and the last one's outputs. */
  protected runDiagonal(_inputs: readonly DirectionInput[], _dropout: number): DirectionResult[] {
    throw new Error(`${this.kind} runs along no diagonal`);
  }

  /** Runs all layers. `states` by name, [layers · directions, batch, size]. */
  protected runLayers(
    x: Value,
    states: Readonly<Record<string, Value>> | undefined,
    options: SequenceOptions,
    inspect: boolean,
  ): SequenceResult {
    checkOptions(this.kind, options, { lengths: optionalValue, reset: optionalValue });
    const { lengths, reset } = options;
    const specsOf = (count: number) => this.stateSpecs(count) as Record<string, DefaultedSpec>;
    const batch = checkInput(this.kind, this.inputSize, specsOf, { x, states, lengths, reset });
    // time-major inside, so that a step's slice is contiguous
    let sequence = permute(x, [1, 0, 2]);
    // weight gradients are sums over all steps, in which 0 times what stands in the padding need not be 0
    if (lengths) sequence = maskSteps(sequence, lengths);
    sequence = dropped(sequence, this.options.inputDropout);
    const finals: Value[][] = Object.keys(this.#layouts).map(() => []);
    const layers: LayerTrace[] = [];
    const all = Array.from({ length: this.numLayers }, (_, layer) =>
      this.#directions().filter((direction) => direction.layer === layer),
    );
    const initial = ({ index }: Direction) => this.#initialStates(states, reset, index, batch);
    for (let layer = 0; layer < this.numLayers; ) {
      if (layer > 0) sequence = dropped(sequence, this.options.dropout);
      const given = { sequence, lengths, inspect, options: this.options };
      const { results, count } = runLayer(this.#runner, given, all.slice(layer), initial);
      for (const { finals: ends, trace } of results) {
        ends.forEach((final, i) => {
          finals[i]?.push(final);
        });
        if (trace) layers.push(trace);
      }
      sequence = this.#merge(results.slice(-this.#directionCount).map(({ outputs }) => outputs));
      layer += count;
    }
    const gathered = Object.values(this.#layouts).map((layout, i) => layout.gather(finals[i] as Value[]));
    return { outputs: permute(sequence, [1, 0, 2]), states: gathered, layers };
  }

  #initialStates(
    states: Readonly<Record<string, Value>> | undefined,
    reset: Value | undefined,
    index: number,
    batch: number,
  ): Value[] {
    return Object.entries(this.#layouts).map(([name, layout]) => {
      const size = (this.#shapes[index] as CellShape).states[name] as number;
      const given = states?.[name];
      const learned = this.parameter(`${name}_0`);
      const start = learned ? broadcastTo(layout.take(learned, index), [batch, size]) : zeros([batch, size]);
      if (!given) return start;
      const state = layout.take(given, index);
      if (!reset) return state;
      // selected, not multiplied: a state that has blown up ends here too
      return select(reshape(reset, [batch, 1]), learned ? start : scalar(0), state);
    });
  }

  #merge([first, second]: readonly Value[]): Value {
    if (!first || !second) return first as Value;
    const { merge = "concat" } = this.options;
    if (merge === "concat") return concat([first, second], 2);
    if (merge === "multiply") return mul(first, second);
    return merge === "sum" ? add(first, second) : mul(add(first, second), 0.5);
  }

  /** Size of what one direction of one layer gives. */
  #outputSizeOf(index: number): number {
    return Object.values((this.#shapes[index] as CellShape).states)[0] as number;
  }

  #mergedSize(layer: number): number {
    const size = this.#outputSizeOf(layer * this.#directionCount);
    const { merge = "concat", bidirectional } = this.options;
    return bidirectional && merge === "concat" ? 2 * size : size;
  }

  get #directionCount(): number {
    return this.options.bidirectional ? 2 : 1;
  }

  /** In the order of PyTorch's states: layer by layer, forward then reverse. */
  #directions(): Direction[] {
    return Array.from({ length: this.hiddenSizes.length * this.#directionCount }, (_, index) => {
      const layer = Math.floor(index / this.#directionCount);
      const second = index % this.#directionCount === 1;
      const reverse = second || (this.options.reverse ?? false);
      return { layer, second, reverse, suffix: `_l${layer}${second ? "_reverse" : ""}`, index };
    });
  }
}

/** One size for each layer. */
function hiddenSizesOf(kind: string, given: number | readonly number[], numLayers: number | undefined) {
  if (!Array.isArray(given)) {
    requireSizes(kind, { hiddenSize: given as number });
    return new Array<number>(numLayers ?? 1).fill(given as number);
  }
  checkArgument(kind, "hiddenSize", given, either(count, listOf(count, "positive integers")));
  if (given.length === 0 || given.length > MOST_LAYERS || given.length !== (numLayers ?? given.length)) {
    throw new ArgumentError(
      `${kind}: hiddenSize has ${given.length} sizes${numLayers === undefined ? "" : ` with numLayers ${numLayers}`}, expected one for each layer, 1 to ${MOST_LAYERS}`,
    );
  }
  return [...(given as readonly number[])];
}
