import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { formatShape } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { checkArgument, oneOf } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { stackAll } from "../rows/reduce.ts";
import { rowsOf } from "../rows/softmax.ts";

/** What opens the gate; `identity` makes it bilinear. */
export type Gate = (typeof GATES)[number];

const GATES = ["sigmoid", "relu", "gelu", "gelu_tanh", "silu", "identity"] as const;

interface GatedUnit {
  readonly gate: Gate;
}

const variantOf = (gate: Gate) => (gate === "sigmoid" ? "default" : gate);

const gatedUnitOp: Op<GatedUnit, { readonly x: Value }> = {
  name: "glu",
  gradient: ({ inputs: { x }, attributes }, { y: g }) => ({
    x: applyOne(gatedUnitBackwardOp, { x, g }, attributes, x),
  }),
  vectorize: ({ attributes: { gate } }, { x }) => ({ y: glu(x, gate) }),
  lower({ inputs, outputs, attributes: { gate } }, to) {
    const y = to.output(outputs.y);
    const params = rowsOf(outputs.y);
    to.dispatch({
      kernel: kernels.gated_linear_unit_forward,
      variant: variantOf(gate),
      bind: { x: to.slot(inputs.x), y },
      params,
      workgroups: linearWorkgroups(params.rows * params.n),
      flops: 2 * params.rows * params.n,
    });
  },
};

const gatedUnitBackwardOp: Op<GatedUnit, { readonly x: Value; readonly g: Value }> = {
  name: "gluBackward",
  vectorize({ attributes }, inputs, stacked, length) {
    const all = stackAll(inputs, stacked, length);
    return { y: applyOne(gatedUnitBackwardOp, all, attributes, all.x) };
  },
  lower({ inputs, outputs, attributes: { gate } }, to) {
    const { x, g: d_y } = to.slots(inputs);
    const params = rowsOf(inputs.g);
    to.dispatch({
      kernel: kernels.gated_linear_unit_backward,
      variant: variantOf(gate),
      bind: { x, d_y, d_x: to.output(outputs.y) },
      params,
      workgroups: linearWorkgroups(params.rows * params.n),
      flops: 5 * params.rows * params.n,
    });
  },
};

/**
 * Gated linear unit: x [..., 2n] → [..., n], the first half of the last axis times the gate that the second half opens.
 * With the sigmoid it is PyTorch's `glu` (Dauphin et al. 2017); the others are ReGLU, GEGLU, SwiGLU and the bilinear one of
 * Shazeer 2020.
 */
export function glu(x: Value, gate: Gate = "sigmoid"): Value {
  requireValues("glu", { x });
  checkArgument("glu", "gate", gate, oneOf(...GATES));
  if (x.dtype !== "float32") throw new DtypeError(`glu: x is ${x.dtype}, expected float32`);
  const width = x.shape.at(-1) ?? 1;
  if (width % 2 !== 0) {
    throw new ShapeError(
      `glu: x has shape ${formatShape(x.shape)}, expected an even last axis, values and then as many gates`,
    );
  }
  return applyOne(gatedUnitOp, { x }, { gate }, { shape: [...x.shape.slice(0, -1), width / 2], dtype: "float32" });
}
