import { ArgumentError } from "../errors.ts";
import type { Tree } from "../graph/tree.ts";
import { Value } from "../graph/value.ts";
import type { Metric } from "../metrics/metric.ts";
import {
  anything,
  checkOptions,
  count,
  countOrZero,
  flag,
  fn,
  instanceOf,
  integer,
  type Kind,
  type KindsOf,
  nested,
  nonNegative,
  object,
  oneOf,
  required,
} from "../options.ts";
import type { SpecTree, ValuesOf } from "../run/inputs.ts";
import type { SizeOptions } from "../run/sizes/types.ts";
import type { TuneOptions } from "../run/tune/tune.ts";
import { tuneKind } from "../run/tune/tune.ts";
import type { ResumeSource } from "./checkpoint/resumable.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import { averageKind, type Optimizer } from "./optim/optimizer.ts";
import type { WeightAverageOptions } from "./update/average-options.ts";

/** What a step does whose loss, gradients or next carry are not finite. */
export type OnNonFinite = "throw" | "skip" | "continue";

/** What a loss function returns: the loss alone, or with more. */
export type LossResult = Value | LossRecord;

/** A loss, and what else is made of a batch. A step computes of it only what the loss and the carry depend on, and metrics where `stepMetrics` asks for them. */
export interface LossRecord {
  /** A scalar. */
  readonly loss: Value;
  /** What `Trainer.predict` gives. */
  readonly outputs?: Tree;
  /** What `Trainer.evaluate` gives beside the loss, and `Trainer.stepMetrics`. */
  readonly metrics?: Readonly<Record<string, Metric<unknown>>>;
  /** The state that the next step starts from. */
  readonly carry?: Tree;
}

/** Options of `Trainer.create`. */
export interface TrainerOptions<S extends SpecTree, C extends SpecTree, R extends LossResult = LossResult> {
  /** Shapes and types of the inputs. Extents may be names: `int32(["batch", "time"])`. */
  readonly inputs: S;
  /**
   * How sizes of named extents are rounded up, by name: data are padded to the next of `buckets`, and an input that tells data from
   * padding is filled. Without it each size has a program of its own.
   */
  readonly sizes?: SizeOptions<NoInfer<S>>;
  /** Programs of different sizes that are kept at most; 16. The least recently used one goes. */
  readonly maxPrograms?: number;
  /**
   * State carried from one step's sequences to the next (truncated backpropagation through time): zeros at first, then
   * what the loss function returned as `carry`. No gradient flows from one step to the step before.
   */
  readonly carry?: C;
  /**
   * Called to trace the graph, once for training steps of each size, and once more, without dropout and the like, where `evaluate` or
   * `predict` is called. Gives a scalar, or a record with it.
   */
  readonly loss: (values: ValuesOf<S> & ValuesOf<C>) => R;
  /** The update rule, such as `optim.adamW()`. */
  readonly optimizer: Optimizer;
  /** Scales all gradients so that their norm together is at most this (Pascanu et al. 2013). */
  readonly clipNorm?: number;
  /** Every element of a gradient that is larger in magnitude becomes as large as this. Not together with `clipNorm`. */
  readonly clipValue?: number;
  /**
   * Scales the gradient of each parameter by itself so that its norm is at most this (Keras's `clipnorm`). Not together with the
   * others; `gradNorm` is of all gradients as they were before.
   */
  readonly clipParameterNorm?: number;
  /**
   * Averages the gradients of so many steps; the last of them makes the update: a batch so many times as large, in the memory of one.
   * Clipping is of their mean, and so is `gradNorm`, of the steps so far. Schedules count updates, not steps. A step that is skipped
   * is not one of them. 1.
   */
  readonly gradientAccumulationSteps?: number;
  /** Makes a moving average of the trained weights beside them; `trainer.withAverage` uses it. */
  readonly weightAverage?: WeightAverageOptions;
  /**
   * Products read matrices in 16 bits, which are copied anew at each step from the parameters; those, their gradients, sums and the
   * optimizer's moments stay float32 (Micikevicius et al. 2018), so that losses need no scaling. It halves what a step reads of weights,
   * which pays on a GPU where they do not fit into its caches; a weight beyond ±65,504 makes the step one that is not finite. `evaluate`
   * and `predict` read the parameters. Matrices of `linear`, `matmul` and the recurrent layers, where they are used as they are; false.
   */
  readonly mixedPrecision?: boolean;
  /** Of initial parameters and dropout. */
  readonly seed?: number;
  /**
   * What becomes of a step whose loss, norm of all gradients, or next carry is NaN or infinite. The GPU itself sees to it
   * that such a step changes no parameter, no state of the optimizer and no carry; a carry that is given by hand stays.
   *
   * - `"throw"`, the default: the step rejects with a NonFiniteError that names the module where it began. So do the
   *   steps that were started already, which change nothing either, and all others until `recover()`.
   * - `"skip"`: the step's result has `skipped: true`. The batch counts (`steps`, schedules, dropout), but not as a step
   *   of the optimizer: Adam's bias corrections are those of the updates that were made.
   * - `"continue"`: the update is made all the same.
   */
  readonly onNonFinite?: OnNonFinite;
  /**
   * Puts the metrics that the loss function returns together over training steps, too, on the GPU, as the model is in training: with
   * dropout, and at each step before its update. `Trainer.stepMetrics` reads them, and `fit` gives them for each epoch. A step takes
   * some dispatches more; false.
   */
  readonly stepMetrics?: boolean;
  /**
   * Measures on this adapter which of several ways to compute is the fastest, where that is not known yet (2 seconds at
   * most, or `budgetMs`), and remembers it; see `openDevice`'s option `tuning`. Without it a rule decides.
   */
  readonly tune?: boolean | TuneOptions;
  /**
   * Goes on from a checkpoint of `save`: the last one of a store, or one's bytes. A store without any begins anew. The parameters,
   * the optimizer, the carry, the steps and the seed are those of the checkpoint; on the same adapter the run gives the same bits
   * as one that was never broken off. Throws DataError for a checkpoint of another model, optimizer, carry, seed or version.
   */
  readonly resume?: ResumeSource | undefined;
  /** Notes for `debug.graph` which line of your code made each value; false, because tracing then takes several times as long. */
  readonly debug?: boolean;
}

const optimizer: Kind = {
  expected: "an optimizer, such as optim.adamW()",
  fits: (value) => typeof (value as Optimizer | null | undefined)?.lower === "function",
};

const resumeKind: Kind = {
  expected: "a store of checkpoints, or the bytes of one",
  fits: (value) =>
    ArrayBuffer.isView(value) ||
    Object.prototype.toString.call(value) === "[object ArrayBuffer]" ||
    typeof (value as CheckpointStore | null)?.load === "function",
};

const kinds: KindsOf<TrainerOptions<SpecTree, SpecTree>> = {
  inputs: required(object),
  sizes: object,
  maxPrograms: count,
  carry: object,
  loss: required(fn),
  optimizer: required(optimizer),
  clipNorm: nonNegative,
  clipValue: nonNegative,
  clipParameterNorm: nonNegative,
  gradientAccumulationSteps: count,
  weightAverage: nested<WeightAverageOptions>({ decay: averageKind, debias: flag, start: countOrZero }),
  mixedPrecision: flag,
  seed: integer,
  onNonFinite: oneOf("throw", "skip", "continue"),
  stepMetrics: flag,
  tune: tuneKind,
  resume: resumeKind,
  debug: flag,
};

/** Throws ArgumentError. */
export function checkTrainerOptions(options: object): void {
  checkOptions("Trainer", options as TrainerOptions<SpecTree, SpecTree>, kinds);
  const clips = CLIPS.filter((name) => (options as TrainerOptions<SpecTree, SpecTree>)[name]);
  if (clips.length > 1) throw new ArgumentError(`Trainer: ${clips.join(" and ")} are given, expected one of them`);
}

/** Ways to clip, which exclude one another. */
const CLIPS = ["clipNorm", "clipValue", "clipParameterNorm"] as const;

const isMetric = (value: unknown): boolean =>
  object.fits(value) && object.fits((value as Metric).statistics) && fn.fits((value as Metric).finish);

const recordKinds: KindsOf<LossRecord> = {
  loss: required(instanceOf(Value, "a Value")),
  outputs: anything,
  metrics: {
    expected: "metrics by name, as { accuracy: metrics.accuracy(logits, targets) }",
    fits: (value) => object.fits(value) && Object.values(value as object).every(isMetric),
  },
  carry: anything,
};

/** What a loss function returned, as a record. Throws ArgumentError for what it should not be. */
export function lossRecord(result: LossResult): LossRecord {
  if (result instanceof Value) return { loss: result };
  checkOptions("Trainer: the loss function's result", result, recordKinds);
  return result;
}

/** What a training step gives. */
export interface StepResult {
  /** The loss before the update. */
  readonly loss: number;
  /** Norm of all gradients together, before clipping. */
  readonly gradNorm: number;
  /** The loss or the gradients were not finite, and the step changed nothing (`onNonFinite: "skip"`). */
  readonly skipped: boolean;
}
