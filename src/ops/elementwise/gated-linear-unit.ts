import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Slot } from "../../graph/lowering.ts";
import { formatShape } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { checkArgument, oneOf } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { broadcastTo } from "../rows/reduce.ts";
import { rowsOf } from "../rows/softmax.ts";

/** What opens the gate; `identity` makes it bilinear. */
export type Gate = (typeof GATES)[number];

const GATES = ["sigmoid", "relu", "gelu", "gelu_tanh", "silu", "identity"] as const;

interface GatedUnit {
  readonly gate: Gate;
}

const variantOf = (gate: Gate) => (gate === "sigmoid" ? "default" : gate);

const gatedUnitOp: Op<GatedUnit> = {
  name: "glu",
  gradient: ({ inputs, attributes }, [g]) => {
    const [x] = inputs as [Value];
    return [g && applyOne(gatedUnitBackwardOp, [x, g], attributes, x)];
  },
  vectorize: ({ attributes: { gate } }, [x]) => [glu(x as Value, gate)],
  lower({ inputs, outputs, attributes: { gate } }, to) {
    const y = to.output(outputs[0] as Value);
    const params = rowsOf(outputs[0] as Value);
    to.dispatch({
      kernel: kernels.gated_linear_unit_forward,
      variant: variantOf(gate),
      bind: { x: to.slot(inputs[0] as Value), y },
      params,
      workgroups: linearWorkgroups(params.rows * params.n),
      flops: 2 * params.rows * params.n,
    });
  },
};

const gatedUnitBackwardOp: Op<GatedUnit> = {
  name: "gluBackward",
  vectorize({ attributes }, inputs, stacked, length) {
    const [x, g] = inputs.map((value, i) => (stacked[i] ? value : broadcastTo(value, [length, ...value.shape])));
    return [applyOne(gatedUnitBackwardOp, [x as Value, g as Value], attributes, x as Value)];
  },
  lower({ inputs, outputs, attributes: { gate } }, to) {
    const [x, d_y] = inputs.map((input) => to.slot(input)) as [Slot, Slot];
    const params = rowsOf(inputs[1] as Value);
    to.dispatch({
      kernel: kernels.gated_linear_unit_backward,
      variant: variantOf(gate),
      bind: { x, d_y, d_x: to.output(outputs[0] as Value) },
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
  return applyOne(gatedUnitOp, [x], { gate }, { shape: [...x.shape.slice(0, -1), width / 2], dtype: "float32" });
}
