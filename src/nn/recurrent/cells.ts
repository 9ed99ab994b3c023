/**
 * One time step of each cell, from operations that everyone has: what the layers run where no fused kernel has the option
 * that is asked for, and where something inside is to be seen. All in PyTorch's gate order and layouts.
 */
import { ShapeError } from "../../errors.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { add, div, mul, sub } from "../../ops/elementwise/elementwise.ts";
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
import { split } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { either, fn, oneOf, show } from "../../options.ts";

/**
 * An activation of a recurrent layer: a function by name, or one of your own, element by element, of what comes in to what goes
 * out. `elu` has the scale 1, `gelu` is the exact one; for others write `(x) => elu(x, 0.5)`.
 */
export type Activation =
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
  | "identity"
  | ((x: Value) => Value);

/** Parameters of the activations that have one. */
export interface ActivationSlopes {
  /** Of leaky_relu, at least 0; 0.01 unless given. */
  readonly negativeSlope?: number | undefined;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number | undefined;
}

const ACTIVATIONS: Readonly<Record<Extract<Activation, string>, (x: Value, slopes: ActivationSlopes) => Value>> = {
  tanh,
  relu,
  leaky_relu: (x, { negativeSlope }) => leakyRelu(x, negativeSlope),
  sigmoid,
  hard_sigmoid: (x, { hardSigmoidSlope }) => hardSigmoid(x, hardSigmoidSlope),
  hard_tanh: (x) => clamp(x, -1, 1),
  softsign: (x) => div(x, add(abs(x), 1)),
  softplus,
  elu: (x) => elu(x),
  gelu: (x) => gelu(x),
  silu,
  identity: (x) => x,
};

export const activationKind = either(oneOf(...Object.keys(ACTIVATIONS)), fn);

export function activate(kind: Activation, x: Value, slopes: ActivationSlopes = {}): Value {
  if (typeof kind !== "function") return ACTIVATIONS[kind](x, slopes);
  const y = kind(x);
  if (y instanceof Value && sameShape(y.shape, x.shape) && y.dtype === x.dtype) return y;
  throw new ShapeError(
    `activation: the function gives ${y instanceof Value ? `${y.dtype} ${formatShape(y.shape)}` : show(y)} of ${x.dtype} ${formatShape(x.shape)}, expected a value of the same shape and type; it goes element by element`,
  );
}

/** h' = act(projected + h·W_hhᵀ) (Elman 1990); `projected` [B, H] holds the input's part and the biases. */
export function rnnStep(
  projected: Value,
  h: Value,
  weightHh: Value,
  activation: Activation,
  { gateClip, ...slopes }: ActivationSlopes & { readonly gateClip?: number | undefined } = {},
): Value {
  return activate(activation, bounded(add(linear(h, weightHh), projected), gateClip), slopes);
}

/** Within ±limit; unchanged where there is none. */
const bounded = (x: Value, limit: number | undefined): Value => (limit === undefined ? x : clamp(x, -limit, limit));

export interface GruStepOptions extends ActivationSlopes {
  readonly resetAfter: boolean;
  readonly gateActivation: Activation;
  readonly activation: Activation;
  /** Bound of what goes into the activations (ONNX's `clip`). */
  readonly gateClip?: number | undefined;
}

export interface GruStep {
  readonly h: Value;
  readonly gates: { readonly r: Value; readonly z: Value; readonly n: Value };
}

/**
 * h' = (1 − z)·n + z·h with r = σ(p_r + h·W_rᵀ), z = σ(p_z + h·W_zᵀ) and
 * - reset after (cuDNN, PyTorch): n = tanh(p_n + r·(h·W_nᵀ + b_hn)), and b_hr, b_hz in r and z,
 * - reset before (Cho et al. 2014): n = tanh(p_n + (r·h)·W_nᵀ).
 */
export function gruStep(
  projected: Value,
  h: Value,
  weightHh: Value,
  /** [3H], where the reset comes after. */
  biasHh: Value | undefined,
  { resetAfter, gateActivation, activation, gateClip, ...slopes }: GruStepOptions,
): GruStep {
  const [pr, pz, pn] = split(projected, 3, 1) as [Value, Value, Value];
  const gate = (x: Value) => activate(gateActivation, bounded(x, gateClip), slopes);
  const candidate = (x: Value) => activate(activation, bounded(x, gateClip), slopes);
  if (resetAfter) {
    const [hr, hz, hn] = split(linear(h, weightHh, biasHh), 3, 1) as [Value, Value, Value];
    const r = gate(add(hr, pr));
    const z = gate(add(hz, pz));
    const n = candidate(add(mul(r, hn), pn));
    return { h: add(n, mul(z, sub(h, n))), gates: { r, z, n } };
  }
  const hidden = h.shape[1] as number;
  const [weightRz, weightN] = split(weightHh, [2 * hidden, hidden]) as [Value, Value];
  const [hr, hz] = split(linear(h, weightRz), 2, 1) as [Value, Value];
  const r = gate(add(hr, pr));
  const z = gate(add(hz, pz));
  const n = candidate(add(linear(mul(r, h), weightN), pn));
  return { h: add(n, mul(z, sub(h, n))), gates: { r, z, n } };
}

export interface LstmStepOptions extends ActivationSlopes {
  readonly gateActivation: Activation;
  /** Of the candidate. */
  readonly activation: Activation;
  /** Of the cell state on its way out; as the candidate's where absent. */
  readonly outputActivation?: Activation | undefined;
  /** Bounds of the cell state; none where absent. */
  readonly cellClip?: number | undefined;
  /** Bounds of what goes into every activation of a gate (ONNX's `clip`). */
  readonly gateClip?: number | undefined;
  /** f = 1 − i (Greff et al. 2017). */
  readonly coupleForget: boolean;
}

export interface LstmStepWeights {
  readonly weightHh: Value;
  /** [3H], order i f o: i and f see the cell state of the step before, o the new one (Gers and Schmidhuber 2000). */
  readonly peephole?: Value | undefined;
  /** `[P, H]`: h is projected to P units (Sak et al. 2014). */
  readonly weightHr?: Value | undefined;
  /** Applied to h·W_hhᵀ and to the cell state on its way out, where layers are normalised (Ba et al. 2016). */
  readonly normalizeRecurrent?: ((x: Value) => Value) | undefined;
  readonly normalizeCell?: ((x: Value) => Value) | undefined;
}

export interface LstmStep {
  readonly h: Value;
  readonly c: Value;
  readonly gates: { readonly i: Value; readonly f: Value; readonly g: Value; readonly o: Value };
}

/** c' = f·c + i·g, h' = o·tanh(c'), gates in the order i f g o; see the options for what may differ. */
export function lstmStep(
  projected: Value,
  { h, c }: { readonly h: Value; readonly c: Value },
  { weightHh, peephole, weightHr, normalizeRecurrent, normalizeCell }: LstmStepWeights,
  options: LstmStepOptions,
): LstmStep {
  const { gateActivation, activation, outputActivation = activation, cellClip, gateClip, coupleForget } = options;
  const recurrent = linear(h, weightHh);
  const z = add(normalizeRecurrent ? normalizeRecurrent(recurrent) : recurrent, projected);
  const [zi, zf, zg, zo] = split(z, 4, 1) as [Value, Value, Value, Value];
  const [pi, pf, po] = peephole ? split(peephole, 3) : [];
  const gate = (x: Value, weight: Value | undefined, state: Value) =>
    activate(gateActivation, bounded(weight ? add(x, mul(state, weight)) : x, gateClip), options);
  const i = gate(zi, pi, c);
  const f = coupleForget ? sub(1, i) : gate(zf, pf, c);
  const g = activate(activation, bounded(zg, gateClip), options);
  const sum = add(mul(f, c), mul(i, g));
  const next = bounded(sum, cellClip);
  const o = gate(zo, po, next);
  const out = mul(o, activate(outputActivation, normalizeCell ? normalizeCell(next) : next, options));
  return { h: weightHr ? linear(out, weightHr) : out, c: next, gates: { i, f, g, o } };
}
