/** The functions of recurrent cells, by name. */
import { ArgumentError, ShapeError } from "../../errors.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { add, div, greater, mul } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import {
  abs,
  clamp,
  elu,
  gelu,
  hardSigmoid,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
  tanh,
} from "../../ops/elementwise/unary.ts";
import { either, fn, type Kind, object, oneOf, show } from "../../options.ts";

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

interface Known {
  of(x: Value, alpha: number, beta: number): Value;
  /** The parameters that it has, with what they are unless given. */
  readonly alpha?: number;
  readonly beta?: number;
}

const known: Readonly<Record<ActivationName, Known>> = {
  tanh: { of: tanh },
  relu: { of: relu },
  leaky_relu: { of: leakyRelu, alpha: 0.01 },
  sigmoid: { of: sigmoid },
  hard_sigmoid: { of: hardSigmoid, alpha: 1 / 6, beta: 0.5 },
  hard_tanh: { of: (x) => clamp(x, -1, 1) },
  softsign: { of: (x) => div(x, add(abs(x), 1)) },
  softplus: { of: softplus },
  elu: { of: elu, alpha: 1 },
  gelu: { of: (x) => gelu(x) },
  silu: { of: silu },
  scaled_tanh: { of: (x, alpha, beta) => mul(tanh(mul(x, beta)), alpha), alpha: 1.7159, beta: 2 / 3 },
  affine: { of: (x, alpha, beta) => add(mul(x, alpha), beta), alpha: 1, beta: 0 },
  thresholded_relu: { of: (x, alpha) => select(greater(x, alpha), x, 0), alpha: 1 },
  identity: { of: (x) => x },
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

export function activate(activation: Activation, x: Value, slopes: ActivationSlopes = {}): Value {
  if (typeof activation === "function") return applied(activation, x);
  const { name, ...given }: Omit<ParametricActivation, "name"> & { readonly name: ActivationName } =
    typeof activation === "object" ? activation : { name: activation };
  const own = known[name];
  const named = { leaky_relu: slopes.negativeSlope, hard_sigmoid: slopes.hardSigmoidSlope }[name as "leaky_relu"];
  const { alpha = named ?? own.alpha ?? 0, beta = own.beta ?? 0 } = given;
  return own.of(x, alpha, beta);
}

function applied(activation: (x: Value) => Value, x: Value): Value {
  const y = activation(x);
  if (y instanceof Value && sameShape(y.shape, x.shape) && y.dtype === x.dtype) return y;
  throw new ShapeError(
    `activation: the function gives ${y instanceof Value ? `${y.dtype} ${formatShape(y.shape)}` : show(y)} of ${x.dtype} ${formatShape(x.shape)}, expected a value of the same shape and type; it goes element by element`,
  );
}

/** Within ±limit; unchanged where there is none. */
export const bounded = (x: Value, limit: number | undefined): Value =>
  limit === undefined ? x : clamp(x, -limit, limit);
