import type { Op } from "../graph/op.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { applyOne, type Value } from "../graph/value.ts";
import { takeStream } from "./random-stream.ts";
import { linearWorkgroups } from "./workgroups.ts";

const randomUniformOp: Op<{ readonly stream: object }> = {
  name: "randomUniform",
  gradient: () => [],
  vectorize: ({ outputs: [y], attributes }, _inputs, _stacked, length) => [
    applyOne(randomUniformOp, [], attributes, { shape: [length, ...(y as Value).shape], dtype: "float32" }),
  ],
  lower({ outputs, attributes: { stream } }, to) {
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: "random_uniform",
      bind: { hyper: to.hyper, y },
      // step t of a loop draws what element t of the whole sequence draws
      params: { size, stream: to.randomStream(stream), counter_base: to.iteration * size },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Numbers from [0, 1) drawn anew at every run, from counters (seed, stream, step, element); no gradient. */
export const randomUniform = (shape: Shape): Value =>
  applyOne(randomUniformOp, [], { stream: takeStream() }, { shape: [...shape], dtype: "float32" });
