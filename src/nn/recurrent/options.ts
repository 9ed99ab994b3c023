/** What all recurrent layers are told, and what they tell. */
import type { Initializer } from "../../graph/parameter.ts";
import type { Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { LoopPart } from "../../ops/dispatch/random-stream.ts";
import { count, either, flag, fn, type KindsOf, nested, oneOf, rate } from "../../options.ts";
import { layerCount } from "../layers.ts";

/** Options that all recurrent cells have in common, by themselves or in layers. */
export interface CellOptions {
  /** Whether there are biases: `bias_ih` and `bias_hh`, which are added up. */
  readonly bias?: boolean;
  /**
   * One bias, `bias_ih`, for both products, as Keras has it, rather than two that are added up as PyTorch has them: the sum
   * of two that each take a step learns at twice the speed of one. A GRU with reset after has two in Keras as well.
   */
  readonly singleBias?: boolean;
  /** Rate at which a unit keeps its state of the step before (Krueger et al. 2017): of h, and of c where there is one. */
  readonly zoneout?: number | { readonly h?: number; readonly c?: number };
  /** How weights start; PyTorch's uniform ±1/√hiddenSize unless given. */
  readonly initializers?: {
    readonly input?: (shape: Shape) => Initializer;
    readonly recurrent?: (shape: Shape) => Initializer;
    readonly bias?: (shape: Shape) => Initializer;
  };
}

/** Options that all recurrent layers have in common. */
export interface RecurrentOptions extends CellOptions {
  /** Layers one behind the other; 1, or as many as hidden sizes are given. */
  readonly numLayers?: number;
  /** A second direction from the last step to the first, with weights of its own. */
  readonly bidirectional?: boolean;
  /** The only direction is from the last step to the first; outputs keep their places in time. Names have no suffix. */
  readonly reverse?: boolean;
  /** How the two directions' outputs become one. */
  readonly merge?: "concat" | "sum" | "average" | "multiply";
  /** Rate of dropout between layers, of which there must be several. */
  readonly dropout?: number;
  /** Rate of dropout on the input of the first layer, drawn anew at each step as that between layers (Zaremba et al. 2014). */
  readonly inputDropout?: number;
  /** Rate of dropout on the recurrent connections, one mask for the whole sequence (Gal and Ghahramani 2016). */
  readonly recurrentDropout?: number;
  /** Learn the state from which a sequence starts where none is given. */
  readonly trainableState?: boolean;
  /** Keep the state only after every so many steps for the backward pass, and compute the steps between again. */
  readonly checkpointEvery?: number;
}

type Initializers = NonNullable<CellOptions["initializers"]>;

export const cellKinds: KindsOf<CellOptions> = {
  bias: flag,
  singleBias: flag,
  zoneout: either(rate, nested<{ h?: number; c?: number }>({ h: rate, c: rate })),
  initializers: nested<Initializers>({ input: fn, recurrent: fn, bias: fn }),
};

export const recurrentKinds: KindsOf<RecurrentOptions> = {
  numLayers: layerCount,
  bidirectional: flag,
  reverse: flag,
  merge: oneOf("concat", "sum", "average", "multiply"),
  dropout: rate,
  inputDropout: rate,
  recurrentDropout: rate,
  ...cellKinds,
  trainableState: flag,
  checkpointEvery: count,
};

/** Zoneout's rate of a state. */
export const zoneoutOf = ({ zoneout = 0 }: CellOptions, state: string): number =>
  typeof zoneout === "number" ? zoneout : ((zoneout as Readonly<Record<string, number | undefined>>)[state] ?? 0);

/** Options of running a recurrent layer over a batch of sequences. */
export interface SequenceOptions {
  /** int32 [batch], from 0 to time: steps that count. Later ones change nothing and give zeros. */
  readonly lengths?: Value | undefined;
  /** `[batch]`: rows whose given state counts as zero where this is 1 (a new sequence begins), and as given where it is 0. */
  readonly reset?: Value | undefined;
}

/** What happened inside one direction of one layer, [batch, time, ...]. */
export interface LayerTrace {
  /** Which way it goes through time. */
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
  /** [T, B, input], in the order in which it is to be run; or in time's own order with `reverse`. */
  readonly sequence: Value;
  /** To be run from the last step to the first, with the outputs in time's order; only where `runsInReverse` says so. */
  readonly reverse?: boolean;
  /** [B, size] for each state. */
  readonly initial: readonly Value[];
  readonly lengths: Value | undefined;
  /** Which part of a longer sequence this is, where it is one. */
  readonly part?: LoopPart;
  /** Which direction of which layer it is: layer by layer, forward then reverse. */
  readonly index: number;
  /** `_l0`, `_l0_reverse`, …: what the names of the parameters end with. */
  readonly suffix: string;
  /** `[B, size of h]`: 1 / (1 − rate) or 0 for each recurrent connection, the same at all steps of a sequence. */
  readonly recurrentMask: Value | undefined;
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

/** One direction of one layer. */
export interface Direction {
  readonly layer: number;
  /** It is the other one of a layer of two. */
  readonly second: boolean;
  readonly reverse: boolean;
  readonly suffix: string;
  readonly index: number;
}

/** Of what a layer reads. */
export interface SequenceSize {
  /** T. */
  readonly length: number;
  /** B. */
  readonly batch: number;
}

/** What a layer's cell can do, by the index of the direction. */
export interface DirectionRunner {
  /** Size of what a step gives. */
  outputSizeOf(index: number): number;
  /** Whether kernels compute the cell, which can go from the last step to the first and look inside at nothing. */
  hasKernels(index: number): boolean;
  /** Whether GPUs had better run these in one loop. */
  runsTogether(directions: readonly Direction[], size: SequenceSize): boolean;
  run(input: DirectionInput): DirectionResult;
  runTogether(inputs: readonly DirectionInput[]): DirectionResult[];
  /** How many of these layers GPUs had better run along the diagonal. */
  diagonalOf(layers: readonly Direction[], size: SequenceSize): number;
  /** `rate` is the dropout between the layers. Of each layer the outputs are the last one's. */
  runDiagonal(inputs: readonly DirectionInput[], rate: number): DirectionResult[];
}

/** A direction of a layer that is about to be run. */
export interface DirectionRun {
  readonly input: DirectionInput;
  readonly reverse: boolean;
  /** From time's order to the one in which it is run, and back. */
  turn(value: Value): Value;
}
