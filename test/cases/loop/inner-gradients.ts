// Gradients of values inside the graph, next to those of what they are computed from.
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Program } from "../support/ops.ts";

const check = (label: string, inputs: readonly NdArray[], f: Program): Check => ({
  label,
  inputs,
  f,
  tolerance: tolerance.recurrent(8, 64),
  probes: 4,
});

const x = uniform([3, 4], 1);
const cube = uniform([2, 3, 4], 2);
const square = uniform([4, 4], 3);

const programs: readonly Check[] = [
  check("sources that depend on one another, with several uses", [x], (o, [x], hold) => {
    const h = hold(o.mul(x, 2));
    const s = hold(o.sigmoid(h));
    return [o.square(h), o.mul(s, h)];
  }),
  check("a source that is the loss's own term", [x], (o, [x], hold) => hold(o.sum(o.square(hold(o.tanh(x)))))),
  check("permutations in a row, and turned back", [cube], (o, [x], hold) => {
    const p = hold(o.permute(o.tanh(x), [2, 0, 1]));
    const q = hold(o.permute(p, [2, 1, 0]));
    const back = hold(o.permute(p, [1, 2, 0]));
    return [o.square(q), o.sin(back), o.mul(p, p)];
  }),
  check("reshapes in a row, and turned back", [cube], (o, [x], hold) => {
    const flat = hold(o.reshape(x, [24]));
    const matrix = hold(o.reshape(flat, [6, 4]));
    const back = hold(o.reshape(matrix, [2, 3, 4]));
    return [o.square(matrix), o.sin(back), o.mul(back, x)];
  }),
  check(
    "what pulls permutations out, of one kind each",
    [cube, square, uniform([4], 4), integers([2, 3], [0, 3, 2, -1, 1, 0])],
    (o, [x, w, b, classes], hold) => {
      const p = () => hold(o.permute(x, [1, 0, 2]));
      const picked = hold(o.permute(o.embedding(classes, w), [1, 0, 2]));
      return [
        o.tanh(p()),
        o.mul(p(), b),
        o.mul(p(), p()),
        o.matmul(p(), w),
        o.linear(hold(o.reshape(p(), [6, 4])), w, b),
        o.layerNorm(p(), b),
        o.sum(o.square(p())),
        o.mean(p()),
        o.softmax(p()),
        o.crossEntropy(p(), o.permute(classes, [1, 0])),
        o.permute(picked, [1, 0, 2]),
        o.stack([picked, p()]),
      ];
    },
  ),
  check("parts of one node, as sources beside what they are computed from", [cube], (o, [x], hold) => {
    const [a, b, c] = o.split(hold(o.tanh(x)), 3, 1) as [typeof x, typeof x, typeof x];
    return [o.mul(hold(a), b), o.square(hold(c))];
  }),
  check("captured by checkpoint, and behind what is captured", [x, uniform([3, 4], 5), cube], (o, [x, w, y], hold) => {
    const twice = hold(o.mul(w, 2));
    const turned = hold(o.permute(y, [1, 0, 2]));
    const given = hold(o.transpose(o.tanh(x)));
    return o.checkpoint(
      (a) =>
        o.concat([
          o.reshape(o.mul(o.transpose(a), twice), [-1]),
          o.reshape(o.tanh(turned), [-1]),
          o.sin(o.reshape(w, [-1])),
        ]),
      given,
    );
  }),
  ...[undefined, 2].map((checkpointEvery) =>
    check(
      `scan over a source, from a source, with captured ones; checkpointEvery ${checkpointEvery}`,
      [uniform([5, 3, 4], 6), x, square, uniform([4, 3], 7)],
      (o, [xs, h0, w, y], hold) => {
        const inputs = hold(o.permute(hold(o.permute(o.mul(xs, 2), [1, 0, 2])), [1, 0, 2]));
        const start = hold(o.tanh(h0));
        const half = hold(o.mul(w, 0.5));
        const turned = hold(o.transpose(y));
        const [[last], outputs] = o.scan(
          [inputs],
          [start],
          ([h], [x]) => {
            const next = o.tanh(o.add(o.matmul(h, half), o.add(x, o.square(turned))));
            return [[next], [next, o.sin(next), x, next]];
          },
          { ...(checkpointEvery ? { checkpointEvery } : {}) },
        ) as [[typeof xs], readonly (typeof xs)[]];
        return [hold(last), ...outputs.map((ys) => o.square(hold(ys)))];
      },
    ),
  ),
  ...[1, 3].map((length) =>
    check(
      `outputs of a scan that its loop and other outputs read, T ${length}`,
      [uniform([length, 2], 1), uniform([2], 2), uniform([3, 2], 3)],
      (o, [xs, h0, w], hold) => {
        const [[last], outputs] = o.scan([xs], [hold(o.sin(h0))], ([h], [x]) => {
          const fromX = o.tanh(x);
          return [[fromX], [fromX, h, o.mul(h, w), o.square(fromX)]];
        }) as [[typeof xs], readonly (typeof xs)[]];
        return [o.sin(hold(last)), ...outputs.map((ys) => o.square(hold(ys)))];
      },
    ),
  ),
  check(
    "one step of one row, where a layer's output is its state",
    [uniform([1, 1, 4], 8), ...[[8, 4], [8, 2], [8], [8]].map((shape, i) => uniform(shape, 9 + i, -0.7, 0.7))],
    (o, [x, ...p], hold) => {
      const { outputs, h } = o.lstmLayers(x, [p as unknown as [typeof x, typeof x]]);
      return [o.square(hold(outputs)), o.sin(hold(h)), o.permute(hold(o.permute(x, [1, 0, 2])), [1, 2, 0])];
    },
  ),
  check(
    "a layer's batch-first output, its states, and what a dense layer makes of them",
    [
      uniform([2, 3, 4], 8),
      ...[[8, 4], [8, 2], [8], [8], [8, 2], [8, 2], [8], [8], [3, 2]].map((shape, i) =>
        uniform(shape, 9 + i, -0.7, 0.7),
      ),
    ],
    (o, [x, ...p], hold) => {
      const layers = [p.slice(0, 4), p.slice(4, 8)] as unknown as Parameters<typeof o.lstmLayers>[1];
      const { outputs, h, c } = o.lstmLayers(hold(o.tanh(x)), layers);
      const out = hold(outputs);
      return [o.linear(out, p[8] as typeof x), o.sum(hold(h)), o.square(hold(c)), o.permute(out, [1, 0, 2])];
    },
  ),
];

export const innerGradientCases = [opCase("gradients of values inside the graph", () => programs)];
