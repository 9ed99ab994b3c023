/** States of which some elements stay what they were, by lot. */
import { applyOne } from "../../graph/apply.ts";
import { literal } from "../../graph/element.ts";
import { type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { full } from "../layout/layout.ts";
import { stackAll } from "../rows/reduce.ts";
import { randomUniform } from "./random-uniform.ts";

/** Numbers with which an element stays: u < below, or low ≤ u < high. */
interface Stays {
  readonly below: number;
  readonly low: number;
  readonly high: number;
}

type Operands = { readonly before: Value; readonly after: Value; readonly u: Value };

/** `before` where an element stays, else `after`, whatever the other is; all of one shape. */
export const blend = (operands: Operands, stays: Stays): Value => applyOne(zoneoutOp, operands, stays, operands.u);

const zoneoutOp: Op<Stays, Operands> = {
  name: "zoneout",
  gradient({ inputs: { u }, attributes }, { y: g }) {
    const none = full(g.shape, 0);
    return {
      before: () => blend({ before: g, after: none, u }, attributes),
      after: () => blend({ before: none, after: g, u }, attributes),
    };
  },
  vectorize: ({ attributes }, inputs, stacked, length) => ({ y: blend(stackAll(inputs, stacked, length), attributes) }),
  element: {
    write({ inputs: { before, after, u }, attributes: { below, low, high } }, place) {
      const drawn = place.of(u);
      const least = `(${drawn} < ${literal(below)})`;
      const more = `((${drawn} >= ${literal(low)}) & (${drawn} < ${literal(high)}))`;
      return `select(${place.of(after)}, ${place.of(before)}, ${high > low ? `${least} | ${more}` : least})`;
    },
  },
  lower({ inputs, outputs, attributes }, to) {
    const { before, after, u } = to.slots(inputs);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.select,
      variant: "lot",
      bind: { condition: u, a: after, b: before, y },
      params: { size, ...attributes },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** A state before and after a step, and the probability with which an element of it stays. */
export interface Zone {
  readonly before: Value;
  readonly after: Value;
  readonly rate: number;
}

/**
 * States, each element of which stays with its state's probability what it was, independently of all others (zoneout, Krueger et al.
 * 2017). Two states of one shape are decided by one number: u < a says that the first stays, and in each of the parts of [0, 1) that
 * this makes the share b is of those with which the second does.
 */
export function zoneoutByLot(zones: readonly Zone[]): Value[] {
  let waiting: { readonly shape: Shape; readonly u: Value; readonly rate: number } | undefined;
  return zones.map(({ before, after, rate }) => {
    if (rate === 0) return after;
    const { shape } = before;
    if (waiting && sameShape(waiting.shape, shape)) {
      const { u, rate: first } = waiting;
      waiting = undefined;
      return blend({ before, after, u }, { below: first * rate, low: first, high: first + rate - first * rate });
    }
    const u = randomUniform(shape);
    waiting = { shape, u, rate };
    return blend({ before, after, u }, { below: rate, low: 0, high: 0 });
  });
}
