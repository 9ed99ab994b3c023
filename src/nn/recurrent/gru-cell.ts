import { UnsupportedError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { add, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { split } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { gru } from "../../ops/recurrent/gru.ts";
import { flag, type KindsOf, positive } from "../../options.ts";
import { type Activation, activationKind } from "./activations.ts";
import { type BuiltInCell, inputBias } from "./cell.ts";
import { type CellOptions, cellKinds } from "./options.ts";
import { stepwise } from "./stepwise-later.ts";
import { UnitPadding } from "./unit-padding.ts";

/** Options of `GRUCell`, and of `GRU`, whose directions may have activations of their own. */
export interface GRUCellOptions<A = Activation> extends CellOptions {
  /** Apply the reset gate after the recurrent matmul (the default, as cuDNN and PyTorch) or before it. */
  readonly resetAfter?: boolean;
  /** Of reset and update gate; "sigmoid". */
  readonly gateActivation?: A;
  /** Of the candidate; "tanh". */
  readonly activation?: A;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of what goes into the activations (ONNX's `clip`). */
  readonly gateClip?: number;
}

export const gruCellKinds: KindsOf<GRUCellOptions> = {
  ...cellKinds,
  resetAfter: flag,
  gateActivation: activationKind,
  activation: activationKind,
  hardSigmoidSlope: positive,
  gateClip: positive,
};

/** Throws where one bias is asked for and the cell needs two. */
export function requireGruBiases(kind: string, { singleBias, resetAfter = true }: GRUCellOptions<unknown>): void {
  if (!singleBias || !resetAfter) return;
  throw new UnsupportedError(
    `${kind}: singleBias is true with the reset gate after the recurrent matmul, expected two biases, as one stands inside the gate's product; use resetAfter: false`,
  );
}

/**
 * h' = (1 − z)·n + z·h with r = σ(x_r + W_r·h), z = σ(x_z + W_z·h), where x holds the input's part and the biases, and
 * - reset after (cuDNN, PyTorch): n = tanh(x_n + r·(W_n·h + b_hn)), and b_hr, b_hz in r and z,
 * - reset before (Cho et al. 2014): n = tanh(x_n + W_n·(r·h)).
 */
export function gruCell(hidden: number, options: GRUCellOptions): BuiltInCell<"h"> {
  const { resetAfter = true, gateActivation = "sigmoid", activation = "tanh", gateClip } = options;
  const applied = (function_: Activation, x: Value) => {
    const { activate, bounded } = stepwise.needed;
    return activate(function_, bounded(x, gateClip), options);
  };
  const gate = (x: Value) => applied(gateActivation, x);
  const candidate = (x: Value) => applied(activation, x);
  const mixed = (h: Value, r: Value, z: Value, n: Value) => ({
    states: { h: add(n, mul(z, sub(h, n))) },
    gates: { r, z, n },
  });
  const isPlain = gateActivation === "sigmoid" && activation === "tanh" && gateClip === undefined;
  // reset after: the recurrent bias of n stands inside the reset gate's product and cannot join the input's
  const addsBias = resetAfter;
  return {
    gates: 3,
    states: { h: hidden },
    addsBias,
    hasOneRound: resetAfter,
    step({ x, states: { h }, weight, own }) {
      const [xr, xz, xn] = split(x, 3, 1);
      if (resetAfter) {
        const [hr, hz, hn] = split(linear(h, weight, own.bias_hh), 3, 1);
        const r = gate(add(hr, xr));
        return mixed(h, r, gate(add(hz, xz)), candidate(add(mul(r, hn), xn)));
      }
      const [weightGates, weightN] = split(weight, [2 * hidden, hidden]) as [Value, Value];
      const [hr, hz] = split(linear(h, weightGates), 2, 1);
      const r = gate(add(hr, xr));
      return mixed(h, r, gate(add(hz, xz)), candidate(add(linear(mul(r, h), weightN), xn)));
    },
    kernels: isPlain
      ? ({ sequence, initial: [h0], lengths, reverse, weights }) => {
          const [length, batch] = sequence.shape as [number, number];
          const units = new UnitPadding({ length, batch, hidden, gates: 3 });
          const bias = inputBias({ addsBias }, weights);
          const inner = addsBias ? weights.biasHh : undefined;
          const { outputs, h } = gru(
            linear(sequence, units.rows(weights.ih), bias && units.rows(bias)),
            units.columns(units.rows(weights.hh)),
            inner && units.rows(inner),
            units.columns(h0 as Value),
            { resetAfter, reverse, ...(lengths ? { lengths } : {}) },
          );
          return { outputs: units.cut(outputs), finals: [units.cut(h)] };
        }
      : undefined,
  };
}
