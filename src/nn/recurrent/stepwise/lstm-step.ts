import type { Value } from "../../../graph/value.ts";
import { add, mul, sub } from "../../../ops/elementwise/elementwise.ts";
import { split } from "../../../ops/layout/layout.ts";
import { linear } from "../../../ops/matmul/matmul.ts";
import { layerNorm } from "../../../ops/rows/norm.ts";
import type { CellInput, CellOutput } from "../cell.ts";
import { type LSTMCellOptions, normOf } from "../lstm-options.ts";
import { activate, bounded } from "./activate.ts";

/** One step of an LSTM with whatever its options change. */
export function lstmStep(
  options: LSTMCellOptions,
  { x, states: { h, c }, weight, own }: CellInput<"h" | "c">,
): CellOutput<"h" | "c"> {
  const { gateActivation = "sigmoid", activation = "tanh", outputActivation = activation } = options;
  const { cellClip, gateClip, coupleForget = false, peephole = false } = options;
  const norm = normOf(options);
  const see = (state: Value, seen: Value) => (peephole === "full" ? linear(state, seen) : mul(state, seen));
  const gate = (z: Value, state: Value, seen: Value | undefined) =>
    activate(gateActivation, bounded(seen ? add(z, see(state, seen)) : z, gateClip), options);
  const recurrent = linear(h, weight);
  const z = add(norm ? layerNorm(recurrent, own.norm_hh_weight, undefined, norm.epsilon) : recurrent, x);
  const [zi, zf, zg, zo] = split(z, 4, 1);
  const [wi, wf, wo] = own.weight_peephole ? split(own.weight_peephole, 3) : [];
  const i = gate(zi, c, wi);
  const f = coupleForget ? sub(1, i) : gate(zf, c, wf);
  const g = activate(activation, bounded(zg, gateClip), options);
  const sum = bounded(add(mul(f, c), mul(i, g)), cellClip);
  const seen = norm ? layerNorm(sum, own.norm_c_weight, own.norm_c_bias, norm.epsilon) : sum;
  const next = norm?.carry ? seen : sum;
  const o = gate(zo, next, wo);
  const out = mul(o, activate(outputActivation, seen, options));
  return { states: { h: own.weight_hr ? linear(out, own.weight_hr) : out, c: next }, gates: { i, f, g, o } };
}
