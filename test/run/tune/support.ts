// Operations that have several ways, for the tests of choosing among them.

import { applyOne } from "../../../src/graph/apply.ts";
import { sizeOf } from "../../../src/graph/shape.ts";
import type { Op, Value } from "../../../src/graph/value.ts";
import { mul, sub, sum } from "../../../src/index.ts";
import { kernels } from "../../../src/kernels/generated/all.ts";
import { linearWorkgroups } from "../../../src/ops/dispatch/workgroups.ts";
import { lowerCopy } from "../../../src/ops/layout/copy.ts";

/** Softmax of each row of x [rows, n] in two ways that sum in different orders: with a workgroup or a thread per row. */
export const rowSoftmax = (x: Value): Value => applyOne(rowSoftmaxOp, { x }, null, x);

export const rowSoftmaxKey = (rows: number, n: number): string => `row softmax ${rows} ${n}`;

const rowSoftmaxOp: Op<null, { readonly x: Value }> = {
  name: "rowSoftmax",
  gradient: ({ outputs: { y } }, { y: g }) => ({ x: mul(y, sub(g, sum(mul(y, g), -1, { keepDims: true }))) }),
  lower({ inputs, outputs }, to) {
    const [x, y] = [to.slot(inputs.x), to.output(outputs.y)];
    const [rows, n] = y.shape as [number, number];
    const request = { bind: { x, y }, params: { rows, n }, flops: 5 * rows * n };
    to.choose({
      key: rowSoftmaxKey(rows, n),
      ways: {
        group: () => to.dispatch({ kernel: kernels.softmax_parallel_forward, ...request, workgroups: [rows] }),
        thread: () =>
          to.dispatch({ kernel: kernels.softmax_serial_forward, ...request, workgroups: linearWorkgroups(rows) }),
      },
      rule: "group",
    });
  },
};

/** Fills y, of x's shape, in one way or in three steps, each of which has a choice of its own. */
export const nested = (x: Value, key = "outer"): Value => applyOne(nestedOp, { x }, { key }, x);

const nestedOp: Op<{ readonly key: string }, { readonly x: Value }> = {
  name: "nested",
  lower({ outputs, attributes: { key } }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    const fill = (value: number) =>
      to.dispatch({ kernel: kernels.fill, bind: { y }, params: { size, value }, workgroups: linearWorkgroups(size) });
    const twice = () => {
      fill(2);
      fill(3);
    };
    const steps = () => {
      for (let i = 0; i < 3; i++) {
        to.choose({ key: `${key} step`, ways: { short: () => fill(1), long: twice }, rule: "short" });
      }
    };
    to.choose({ key, ways: { whole: () => fill(0), steps }, rule: "whole" });
  },
};

/** A copy of lengths by a choice that takes them to be `value` while it is measured. */
export const assuming = (lengths: Value, value: number): Value => applyOne(assumingOp, { lengths }, { value }, lengths);

const assumingOp: Op<{ readonly value: number }, { readonly lengths: Value }> = {
  name: "assuming",
  lower({ inputs, outputs, attributes: { value } }, to) {
    const [x, y] = [to.slot(inputs.lengths), to.output(outputs.y)];
    const copy = () => lowerCopy(to, x.shape, x, [1], y, [1]);
    to.choose({ key: "assuming", ways: { copy, again: copy }, rule: "copy", assume: [{ slot: x, value }] });
  },
};
