import { ArgumentError, UnsupportedError } from "../../errors.ts";
import { optionalValue } from "../../graph/arguments.ts";
import { isTraining } from "../../graph/mode.ts";
import { type Initializer, Parameter } from "../../graph/parameter.ts";
import { type DefaultedNamedSpec, type DefaultedSpec, type Extent, float32, type Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { dropout } from "../../ops/elementwise/dropout.ts";
import { add, mul, scalar } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { concat, flip, full, permute, reshape, slice, split, zeros } from "../../ops/layout/layout.ts";
import { checkpointWith } from "../../ops/loop/checkpoint.ts";
import { shiftLengths } from "../../ops/recurrent/lengths.ts";
import { maskSteps, reverseSequence } from "../../ops/recurrent/reverse-sequence.ts";
import { broadcastTo } from "../../ops/rows/reduce.ts";
import { checkOptions } from "../../options.ts";
import { uniform, zero } from "../initializers.ts";
import { requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { checkInput } from "./check.ts";
import type {
  DirectionInput,
  DirectionResult,
  LayerTrace,
  RecurrentOptions,
  SequenceOptions,
  SequenceResult,
} from "./options.ts";

/**
 * Layers of a recurrent net: [batch, time, inputSize] → [batch, time, outputSize]. Parameters have PyTorch's names and
 * layouts (`weight_ih_l0` [gates·hidden, input], `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `…_reverse`).
 */
export abstract class RecurrentLayer extends Module {
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly hasBias: boolean;

  constructor(
    /** The layer's name in messages. */
    readonly kind: string,
    readonly inputSize: number,
    readonly hiddenSize: number,
    /** Size of h, where it is projected. */
    readonly stateSizes: Readonly<Record<string, number>>,
    readonly options: RecurrentOptions,
  ) {
    super();
    const { numLayers = 1, bidirectional = false, bias = true, singleBias = false, dropout = 0 } = options;
    requireSizes(kind, { inputSize, hiddenSize });
    if (dropout > 0 && numLayers === 1) {
      throw new ArgumentError(
        `${kind}: dropout is ${dropout} with numLayers 1, expected several layers, as it acts between them; use inputDropout, or dropout on the outputs`,
      );
    }
    if (singleBias && !bias) {
      throw new ArgumentError(`${kind}: singleBias is true and bias false, expected one of the two`);
    }
    if (bidirectional && options.reverse) {
      throw new UnsupportedError(`${kind}: reverse is set for a bidirectional layer, expected one of the two`);
    }
    this.numLayers = numLayers;
    this.bidirectional = bidirectional;
    this.hasBias = bias;
  }

  /** Size of a step's output. */
  get outputSize(): number {
    return this.#mergedSize();
  }

  protected zoneoutRates(): { h: number; c: number } {
    const { zoneout = 0 } = this.options;
    return typeof zoneout === "number" ? { h: zoneout, c: zoneout } : { h: zoneout.h ?? 0, c: zoneout.c ?? 0 };
  }

  /**
   * Makes the parameters of all layers and directions; called by the subclass when its own fields are set. Cells whose
   * gates do not see the state have no `weight_hh` and `bias_hh`, and start by the size of their input.
   */
  protected createParameters(gates: number, seesState = true): void {
    const { hiddenSize } = this;
    const stateSize = Object.values(this.stateSizes)[0] as number;
    const rows = gates * hiddenSize;
    const make = (name: string, shape: Shape, start: (shape: Shape) => Initializer) =>
      this.setParameter(name, new Parameter(shape, start(shape)));
    for (const { layer, suffix } of this.#directions()) {
      const size = layer === 0 ? this.inputSize : this.#mergedSize();
      const bound = 1 / Math.sqrt(seesState ? hiddenSize : size);
      const usual = () => uniform(-bound, bound);
      const { input = usual, recurrent = usual, bias = usual } = this.options.initializers ?? {};
      make(`weight_ih${suffix}`, [rows, size], input);
      if (seesState) make(`weight_hh${suffix}`, [rows, stateSize], recurrent);
      if (this.hasBias) make(`bias_ih${suffix}`, [rows], bias);
      if (this.hasBias && seesState && !this.options.singleBias) make(`bias_hh${suffix}`, [rows], bias);
      this.createOwnParameters(suffix, usual);
    }
    if (this.options.trainableState) {
      for (const [name, size] of Object.entries(this.stateSizes)) {
        make(`${name}_0`, [this.numLayers * this.#directionCount, 1, size], () => zero);
      }
    }
  }

  /** Further parameters of one direction of one layer. */
  protected createOwnParameters(_suffix: string, _usual: (shape: Shape) => Initializer): void {}

  protected setParameter(name: string, parameter: Parameter): void {
    (this as unknown as Record<string, Parameter>)[name] = parameter;
  }

  protected parameter(name: string): Parameter | undefined {
    return (this as unknown as Record<string, Parameter | undefined>)[name];
  }

  /** Shapes of the states for a batch, by name; zeros where they are left out. */
  protected stateSpecs(batch: Extent): Record<string, DefaultedNamedSpec> {
    const count = this.numLayers * this.#directionCount;
    return Object.fromEntries(
      Object.entries(this.stateSizes).map(([name, size]) => [name, float32([count, batch, size], { default: 0 })]),
    );
  }

  /** Whether kernels compute this cell, which can go from the last step to the first and look inside at nothing. */
  protected hasKernels(): boolean {
    return false;
  }

  protected abstract runDirection(input: DirectionInput): DirectionResult;

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
    sequence = dropout(sequence, this.options.inputDropout ?? 0);
    const finals: Value[][] = Object.keys(this.stateSizes).map(() => []);
    const layers: LayerTrace[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) sequence = dropout(sequence, this.options.dropout ?? 0);
      const outputs = this.#directions()
        .filter((direction) => direction.layer === layer)
        .map(({ reverse, suffix, index }) => {
          const initial = this.#initialStates(states, reset, index, batch);
          const traced = this.#runOne(sequence, initial, lengths, suffix, reverse, inspect);
          traced.finals.forEach((final, i) => {
            finals[i]?.push(final);
          });
          if (traced.trace) layers.push(traced.trace);
          return traced.outputs;
        });
      sequence = this.#merge(outputs);
    }
    const gathered = finals.map((list) => concat(list.map((final) => reshape(final, [1, ...final.shape]))));
    return { outputs: permute(sequence, [1, 0, 2]), states: gathered, layers };
  }

  #runOne(
    sequence: Value,
    initial: readonly Value[],
    lengths: Value | undefined,
    suffix: string,
    reverse: boolean,
    inspect: boolean,
  ): DirectionResult & { trace?: LayerTrace } {
    const rate = isTraining() ? (this.options.recurrentDropout ?? 0) : 0;
    const runsInReverse = !inspect && rate === 0 && this.hasKernels() && this.options.checkpointEvery === undefined;
    const turns = reverse && !runsInReverse;
    const turn = (value: Value) => (!turns ? value : lengths ? reverseSequence(value, lengths) : flip(value, 0));
    const [length, batch] = sequence.shape as [number, number];
    const stateSize = Object.values(this.stateSizes)[0] as number;
    const recurrentMask = rate > 0 ? dropout(full([batch, stateSize], 1), rate) : undefined;
    const run = { sequence: turn(sequence), initial, lengths, suffix, recurrentMask, reverse: reverse && !turns };
    if (!inspect) {
      const result = this.#runSegments(run);
      return { ...result, outputs: turn(result.outputs) };
    }
    const probe = zeros([length, batch, stateSize]);
    const result = this.runDirection({ ...run, probe: turn(probe) });
    const batchFirst = (values: Readonly<Record<string, Value>> = {}) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, permute(turn(value), [1, 0, 2])]));
    const direction = reverse ? "reverse" : "forward";
    const trace = { direction, states: batchFirst(result.states), gates: batchFirst(result.gates), probe } as const;
    return { ...result, outputs: turn(result.outputs), trace };
  }

  /** The sequence in one go, or in segments whose inner values are computed again in the backward pass. */
  #runSegments(run: DirectionInput): DirectionResult {
    const size = this.options.checkpointEvery;
    const length = run.sequence.shape[0] as number;
    if (size === undefined || size >= length) return this.runDirection(run);
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
          const result = this.runDirection({ ...inputs, suffix: run.suffix, part });
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

  #initialStates(
    states: Readonly<Record<string, Value>> | undefined,
    reset: Value | undefined,
    index: number,
    batch: number,
  ): Value[] {
    return Object.entries(this.stateSizes).map(([name, size]) => {
      const given = states?.[name];
      const learned = this.parameter(`${name}_0`);
      const start = learned
        ? broadcastTo(reshape(slice(learned, 0, index, index + 1), [1, size]), [batch, size])
        : zeros([batch, size]);
      if (!given) return start;
      const state = reshape(slice(given, 0, index, index + 1), [batch, size]);
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

  #mergedSize(): number {
    const size = Object.values(this.stateSizes)[0] as number;
    const { merge = "concat", bidirectional } = this.options;
    return bidirectional && merge === "concat" ? 2 * size : size;
  }

  get #directionCount(): number {
    return this.options.bidirectional ? 2 : 1;
  }

  /** In the order of PyTorch's states: layer by layer, forward then reverse. */
  #directions(): { layer: number; reverse: boolean; suffix: string; index: number }[] {
    return Array.from({ length: (this.options.numLayers ?? 1) * this.#directionCount }, (_, index) => {
      const layer = Math.floor(index / this.#directionCount);
      const second = index % this.#directionCount === 1;
      const reverse = second || (this.options.reverse ?? false);
      return { layer, reverse, suffix: `_l${layer}${second ? "_reverse" : ""}`, index };
    });
  }
}
