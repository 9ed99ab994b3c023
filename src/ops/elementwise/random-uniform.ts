import { applyOne } from "../../graph/apply.ts";
import { checkShape, type Shape, sizeOf } from "../../graph/shape.ts";
import type { None, Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { type Draw, drawParams, drawSteps, takeDraw } from "../dispatch/random-stream.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

const randomUniformOp: Op<Draw, None> = {
  name: "randomUniform",
  gradient: () => ({}),
  draws: () => true,
  vectorize({ outputs, attributes }, _inputs, _stacked, length) {
    const { shape } = outputs.y;
    const draw = drawSteps(attributes, sizeOf(shape));
    return draw && { y: applyOne(randomUniformOp, {}, draw, { shape: [length, ...shape], dtype: "float32" }) };
  },
  lower({ outputs, attributes }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    const vectors = inVectors(size, y);
    to.dispatch({
      kernel: vectors ? kernels.random_uniform_vectors : kernels.random_uniform_numbers,
      bind: { hyper: to.hyper, y },
      params: { size, ...drawParams(attributes, to) },
      workgroups: linearWorkgroups(vectors ? size / LANES : size),
    });
  },
};

/** Numbers from [0, 1) drawn anew at every run, from counters (seed, stream, step, element); no gradient. */
export function randomUniform(shape: Shape): Value {
  checkShape("randomUniform", shape);
  return applyOne(randomUniformOp, {}, takeDraw(sizeOf(shape)), { shape: [...shape], dtype: "float32" });
}
