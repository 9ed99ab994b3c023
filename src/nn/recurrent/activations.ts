/** The names of what recurrent cells apply, and their parameters; `activate.ts` has the functions. */
import { ArgumentError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { either, fn, type Kind, object, oneOf } from "../../options.ts";

/** Activations that need nothing but their name; those with parameters have their defaults. */
export type ActivationName =
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "sigmoid"
  | "hard_sigmoid"
  | "hard_tanh"
  | "softsign"
  | "softplus"
  | "elu"
  | "gelu"
  | "silu"
  | "scaled_tanh"
  | "affine"
  | "thresholded_relu"
  | "identity";

/** An activation with its parameters, by ONNX's names. */
export interface ParametricActivation {
  /**
   * - `leaky_relu`: x for x > 0, else alpha·x; alpha 0.01
   * - `elu`: x for x > 0, else alpha·(eˣ − 1); alpha 1
   * - `thresholded_relu`: x for x > alpha, else 0; alpha 1
   * - `hard_sigmoid`: alpha·x + beta within 0 and 1; 1/6 and 0.5
   * - `scaled_tanh`: alpha·tanh(beta·x); 1.7159 and 2/3 (LeCun et al. 1998)
   * - `affine`: alpha·x + beta; 1 and 0
   */
  readonly name: "leaky_relu" | "elu" | "thresholded_relu" | "hard_sigmoid" | "scaled_tanh" | "affine";
  /** Finite; of leaky_relu at least 0. */
  readonly alpha?: number;
  /** Finite, of those that have it. */
  readonly beta?: number;
}

/**
 * An activation of a recurrent layer: a function by name, one with its parameters, or one of your own, element by element, of what
 * comes in to what goes out. `elu` has the scale 1, `gelu` is the exact one.
 */
export type Activation = ActivationName | ParametricActivation | ((x: Value) => Value);

/** The same for both directions of a layer, or one for each. */
export type DirectedActivation = Activation | readonly [forward: Activation, reverse: Activation];

/** Parameters of activations that are given by name. */
export interface ActivationSlopes {
  /** Of leaky_relu, at least 0; 0.01 unless given. */
  readonly negativeSlope?: number | undefined;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number | undefined;
}

/** The parameters that each has, with what they are unless given. */
export const known: Readonly<Record<ActivationName, { readonly alpha?: number; readonly beta?: number }>> = {
  tanh: {},
  relu: {},
  leaky_relu: { alpha: 0.01 },
  sigmoid: {},
  hard_sigmoid: { alpha: 1 / 6, beta: 0.5 },
  hard_tanh: {},
  softsign: {},
  softplus: {},
  elu: { alpha: 1 },
  gelu: {},
  silu: {},
  scaled_tanh: { alpha: 1.7159, beta: 2 / 3 },
  affine: { alpha: 1, beta: 0 },
  thresholded_relu: { alpha: 1 },
  identity: {},
};

const withParameters = Object.keys(known).filter((name) => known[name as ActivationName].alpha !== undefined);

/** Whether it has no other fields than its name and the parameters that go with it, each a finite number. */
function isParametric(given: unknown): boolean {
  if (!object.fits(given)) return false;
  const { name, ...parameters } = given as ParametricActivation;
  return (
    withParameters.includes(name) &&
    Object.entries(parameters).every(
      ([key, value]) =>
        (key === "alpha" || key === "beta") &&
        known[name][key] !== undefined &&
        (value === undefined || (Number.isFinite(value) && !(name === "leaky_relu" && (value as number) < 0))),
    )
  );
}

const parametric: Kind = {
  expected: `{ name, alpha, beta } of ${withParameters.join(", ")} with finite parameters that it has`,
  fits: isParametric,
};

export const activationKind = either(either(oneOf(...Object.keys(known)), parametric), fn);

const isPair = (given: unknown): given is readonly [Activation, Activation] =>
  Array.isArray(given) && given.length === 2 && given.every((each) => activationKind.fits(each));

export const directedActivationKind = either(activationKind, {
  expected: "[forward, reverse] of them for a layer of two directions",
  fits: isPair,
});

/** That of one direction: 0 for the only one or the forward one. */
export const ofDirection = <A extends Activation>(given: A | readonly [A, A] | undefined, direction: 0 | 1) =>
  isPair(given) ? (given[direction] as A) : (given as A | undefined);

/** Throws where a layer of one direction has an activation for each of two. */
export function requireDirections(kind: string, given: Readonly<Record<string, unknown>>, bidirectional = false): void {
  for (const [name, activation] of Object.entries(given)) {
    if (isPair(activation) && !bidirectional) {
      throw new ArgumentError(
        `${kind}: ${name} is [forward, reverse] in a layer of one direction, expected one activation; set bidirectional: true, or give one`,
      );
    }
  }
}
