import { DtypeError, ShapeError } from "../../errors.ts";
import { type Initializer, Parameter } from "../../graph/parameter.ts";
import { float32, formatShape, type Shape, type Spec, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkpoint } from "../../ops/checkpoint.ts";
import { dropout } from "../../ops/dropout.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { concat, flip, permute, reshape, slice, split, zeros } from "../../ops/layout.ts";
import { shiftLengths } from "../../ops/lengths.ts";
import { broadcastTo } from "../../ops/reduce.ts";
import { reverseSequence } from "../../ops/reverse-sequence.ts";
import { uniform, zero } from "../initializers.ts";
import { requireSizes } from "../layers.ts";
import { Module } from "../module.ts";

export interface RecurrentOptions {
  readonly numLayers?: number;
  /** A second direction from the last step to the first, with weights of its own. */
  readonly bidirectional?: boolean;
  /** How the two directions' outputs become one. */
  readonly merge?: "concat" | "sum" | "average" | "multiply";
  /** Rate of dropout between layers. */
  readonly dropout?: number;
  /** Rate of dropout on the recurrent connections, one mask for the whole sequence (Gal and Ghahramani 2016). */
  readonly recurrentDropout?: number;
  /** Rate at which a unit keeps its state of the step before (Krueger et al. 2017): of h, and of c where there is one. */
  readonly zoneout?: number | { readonly h?: number; readonly c?: number };
  readonly bias?: boolean;
  /** Learn the state from which a sequence starts where none is given. */
  readonly trainableState?: boolean;
  /** How weights start; PyTorch's uniform ±1/√hiddenSize unless given. */
  readonly initializers?: {
    readonly input?: (shape: Shape) => Initializer;
    readonly recurrent?: (shape: Shape) => Initializer;
    readonly bias?: (shape: Shape) => Initializer;
  };
  /** Keep the state only after every so many steps for the backward pass, and compute the steps between again. */
  readonly checkpointEvery?: number;
}

export interface SequenceOptions {
  /** int32 [batch], from 1 to time: steps that count. Later ones change nothing and give zeros. */
  readonly lengths?: Value | undefined;
  /** [batch]: rows whose given state counts as zero where this is 1 (a new sequence begins), and as given where it is 0. */
  readonly reset?: Value | undefined;
}

/** What happened inside one direction of one layer, [batch, time, ...]. */
export interface LayerTrace {
  readonly direction: "forward" | "reverse";
  /** States after each step, by name (h, c). */
  readonly states: Readonly<Record<string, Value>>;
  /** Gates after their activation, by name. */
  readonly gates: Readonly<Record<string, Value>>;
  /**
   * [time, batch, hidden] zeros that are added to h at each step: the gradient with respect to them is dL/dh_t by all ways
   * on which h_t takes part in the loss.
   */
  readonly probe: Value;
}

/** One direction of one layer, time-major. */
export interface DirectionInput {
  /** [T, B, input], in the order in which it is to be run. */
  readonly sequence: Value;
  /** [B, size] for each state. */
  readonly initial: readonly Value[];
  readonly lengths: Value | undefined;
  /** The sequence is a part of a longer one, and rows may have ended before it (a length of 0). */
  readonly isSegment?: boolean;
  /** `_l0`, `_l0_reverse`, …: what the names of the parameters end with. */
  readonly suffix: string;
  /** Where what happens inside is wanted. */
  readonly probe?: Value;
}

export interface DirectionResult {
  /** [T, B, size], zeros past each row's length. */
  readonly outputs: Value;
  readonly finals: readonly Value[];
  readonly states?: Readonly<Record<string, Value>>;
  readonly gates?: Readonly<Record<string, Value>>;
}

/** What `forward` and `inspect` of all layers share: states as a list by the names of `stateSizes`. */
export interface SequenceResult {
  readonly outputs: Value;
  readonly states: readonly Value[];
  readonly layers: readonly LayerTrace[];
}

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
    const { numLayers = 1, bidirectional = false, bias = true, checkpointEvery = 1 } = options;
    requireSizes(kind, { inputSize, hiddenSize, numLayers, checkpointEvery });
    const zoneout = this.zoneoutRates();
    for (const [name, rate] of Object.entries({
      dropout: options.dropout ?? 0,
      recurrentDropout: options.recurrentDropout ?? 0,
      "zoneout.h": zoneout.h,
      "zoneout.c": zoneout.c,
    })) {
      if (!(rate >= 0 && rate < 1)) throw new ShapeError(`${kind}: ${name} is ${rate}, expected 0 ≤ ${name} < 1`);
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

  /** Makes the parameters of all layers and directions; called by the subclass when its own fields are set. */
  protected createParameters(gates: number): void {
    const { hiddenSize } = this;
    const stateSize = Object.values(this.stateSizes)[0] as number;
    const bound = 1 / Math.sqrt(hiddenSize);
    const usual = () => uniform(-bound, bound);
    const { input = usual, recurrent = usual, bias = usual } = this.options.initializers ?? {};
    const rows = gates * hiddenSize;
    const make = (name: string, shape: Shape, start: (shape: Shape) => Initializer) =>
      this.setParameter(name, new Parameter(shape, start(shape)));
    for (const { layer, suffix } of this.#directions()) {
      const size = layer === 0 ? this.inputSize : this.#mergedSize();
      make(`weight_ih${suffix}`, [rows, size], input);
      make(`weight_hh${suffix}`, [rows, stateSize], recurrent);
      if (this.hasBias) {
        make(`bias_ih${suffix}`, [rows], bias);
        make(`bias_hh${suffix}`, [rows], bias);
      }
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

  /** Shapes of the states for a batch, by name. */
  protected stateSpecs(batch: number): Record<string, Spec> {
    const count = this.numLayers * this.#directionCount;
    return Object.fromEntries(
      Object.entries(this.stateSizes).map(([name, size]) => [name, float32([count, batch, size])]),
    );
  }

  protected abstract runDirection(input: DirectionInput): DirectionResult;

  /** Runs all layers. `states` by name, [layers · directions, batch, size]. */
  protected runLayers(
    x: Value,
    states: Readonly<Record<string, Value>> | undefined,
    { lengths, reset }: SequenceOptions,
    inspect: boolean,
  ): SequenceResult {
    const batch = this.#checkInput(x, states, lengths, reset);
    // time-major inside, so that a step's slice is contiguous
    let sequence = permute(x, [1, 0, 2]);
    const finals: Value[][] = Object.keys(this.stateSizes).map(() => []);
    const layers: LayerTrace[] = [];
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0 && this.training) sequence = dropout(sequence, this.options.dropout ?? 0);
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
    const turn = (value: Value) => (!reverse ? value : lengths ? reverseSequence(value, lengths) : flip(value, 0));
    const [length, batch] = sequence.shape as [number, number];
    const stateSize = Object.values(this.stateSizes)[0] as number;
    const run = { sequence: turn(sequence), initial, lengths, suffix };
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
    let states = [...run.initial];
    split(run.sequence, sizes).forEach((sequence, i) => {
      const lengths = run.lengths && shiftLengths(run.lengths, i * size, length);
      const part = checkpoint(
        (segment: Value, from: readonly Value[], own: Value | undefined) => {
          const direction = { sequence: segment, initial: from, lengths: own, suffix: run.suffix, isSegment: true };
          const result = this.runDirection(direction);
          return { outputs: result.outputs, finals: result.finals };
        },
        sequence,
        states,
        lengths,
      );
      outputs.push(part.outputs);
      states = [...part.finals];
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
      const fresh = reshape(reset, [batch, 1]);
      const kept = mul(state, add(mul(fresh, -1), 1));
      return learned ? add(kept, mul(start, fresh)) : kept;
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
      const reverse = index % this.#directionCount === 1;
      return { layer, reverse, suffix: `_l${layer}${reverse ? "_reverse" : ""}`, index };
    });
  }

  /** Gives the batch size. */
  #checkInput(
    x: Value,
    states: Readonly<Record<string, Value>> | undefined,
    lengths: Value | undefined,
    reset: Value | undefined,
  ): number {
    const { kind, inputSize } = this;
    if (x.dtype !== "float32") throw new DtypeError(`${kind}: input is ${x.dtype}, expected float32`);
    if (x.rank !== 3 || x.shape[2] !== inputSize) {
      throw new ShapeError(
        `${kind}: input has shape ${formatShape(x.shape)}, expected [batch, time, inputSize] = [batch, time, ${inputSize}]`,
      );
    }
    const batch = x.shape[0] as number;
    const specs = this.stateSpecs(batch);
    for (const [name, given] of Object.entries(states ?? {})) {
      const wanted = specs[name];
      if (!wanted) {
        const names = Object.keys(specs).join(" and ");
        throw new ShapeError(
          `${kind}: state has ${name}, expected ${names}; pass the state of a layer of the same kind`,
        );
      }
      if (!sameShape(given.shape, wanted.shape)) {
        throw new ShapeError(
          `${kind}: state ${name} has shape ${formatShape(given.shape)}, expected [numLayers·directions, batch, size] = ${formatShape(wanted.shape)}`,
        );
      }
    }
    if (lengths && (lengths.dtype !== "int32" || !sameShape(lengths.shape, [batch]))) {
      throw new ShapeError(
        `${kind}: lengths are ${lengths.dtype} ${formatShape(lengths.shape)}, expected int32 [batch] = [${batch}]`,
      );
    }
    if (reset && (reset.dtype !== "float32" || !sameShape(reset.shape, [batch]))) {
      throw new ShapeError(
        `${kind}: reset is ${reset.dtype} ${formatShape(reset.shape)}, expected float32 [batch] = [${batch}], 1 where a new sequence begins`,
      );
    }
    return batch;
  }
}
