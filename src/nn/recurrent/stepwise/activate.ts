/** The functions of recurrent cells, by name. */
import { ShapeError } from "../../../errors.ts";
import { formatShape, sameShape } from "../../../graph/shape.ts";
import { Value } from "../../../graph/value.ts";
import { add, div, greater, mul } from "../../../ops/elementwise/elementwise.ts";
import { select } from "../../../ops/elementwise/select.ts";
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
} from "../../../ops/elementwise/unary.ts";
import { show } from "../../../options.ts";
import {
  type Activation,
  type ActivationName,
  type ActivationSlopes,
  known,
  type ParametricActivation,
} from "../activations.ts";

const functions: Readonly<Record<ActivationName, (x: Value, alpha: number, beta: number) => Value>> = {
  tanh,
  relu,
  leaky_relu: leakyRelu,
  sigmoid,
  hard_sigmoid: hardSigmoid,
  hard_tanh: (x) => clamp(x, -1, 1),
  softsign: (x) => div(x, add(abs(x), 1)),
  softplus,
  elu,
  gelu: (x) => gelu(x),
  silu,
  scaled_tanh: (x, alpha, beta) => mul(tanh(mul(x, beta)), alpha),
  affine: (x, alpha, beta) => add(mul(x, alpha), beta),
  thresholded_relu: (x, alpha) => select(greater(x, alpha), x, 0),
  identity: (x) => x,
};

export function activate(activation: Activation, x: Value, slopes: ActivationSlopes = {}): Value {
  if (typeof activation === "function") return applied(activation, x);
  const { name, ...given }: Omit<ParametricActivation, "name"> & { readonly name: ActivationName } =
    typeof activation === "object" ? activation : { name: activation };
  const own = known[name];
  const named = { leaky_relu: slopes.negativeSlope, hard_sigmoid: slopes.hardSigmoidSlope }[name as "leaky_relu"];
  const { alpha = named ?? own.alpha ?? 0, beta = own.beta ?? 0 } = given;
  return functions[name](x, alpha, beta);
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
