import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Ops, Program } from "../support/ops.ts";

const weight = (rows: number, columns: number, seed: number): NdArray => {
  const bound = 1 / Math.sqrt(rows);
  return uniform([rows, columns], seed, -bound, bound);
};

const loop = (label: string, inputs: readonly NdArray[], f: Program): Check => ({
  label,
  inputs,
  f,
  tolerance: tolerance.recurrent(5, 8),
  gradients: tolerance.recurrent(7, 64),
  probes: 6,
});

/** xs [T, 3, 4], h0 [3, 4] and a weight [4, 4]. */
const small = (steps = 5): NdArray[] => [uniform([steps, 3, 4], 1), uniform([3, 4], 2), weight(4, 4, 3)];

function rnn<T>(o: Ops<T>, x: T, h: T, wx: T, wh: T, b: T): T {
  return o.tanh(o.add(o.add(o.matmul(x, wx), o.matmul(h, wh)), b));
}

const rnnCheck = (steps: number, batch: number, input: number, hidden: number, reverse: boolean): Check =>
  loop(
    `T ${steps} B ${batch} I ${input} H ${hidden}${reverse ? " reverse" : ""}`,
    [
      uniform([steps, batch, input], 1),
      uniform([batch, hidden], 2),
      weight(input, hidden, 3),
      weight(hidden, hidden, 4),
      uniform([hidden], 5),
    ],
    (o, [xs, h0, wx, wh, b]) => {
      const [[h], [ys]] = o.scan(
        [xs],
        [h0],
        ([h], [x]) => {
          const next = rnn(o, x, h, wx, wh, b);
          return [[next], [next]];
        },
        { reverse },
      ) as [[typeof xs], [typeof xs]];
      return [ys, h];
    },
  );

function primitiveLstm<T>(
  o: Ops<T>,
  [xs, h0, c0, wIh, wHh, b]: readonly [T, T, T, T, T, T, ...T[]],
  hidden: number,
): T[] {
  const [finals, outputs] = o.scan([xs], [h0, c0], ([h, c], [x]) => {
    const gates = o.add(o.linear(x, wIh, b), o.linear(h, wHh));
    const gate = (k: number) => o.slice(gates, 1, k * hidden, (k + 1) * hidden);
    const cell = o.add(o.mul(o.sigmoid(gate(1)), c), o.mul(o.sigmoid(gate(0)), o.tanh(gate(2))));
    const next = o.mul(o.sigmoid(gate(3)), o.tanh(cell));
    return [[next, cell], [next]];
  });
  return [...outputs, ...finals];
}

const lstmInputs = (steps: number, batch: number, input: number, hidden: number): NdArray[] =>
  [
    uniform([steps, batch, input], 1),
    uniform([batch, hidden], 2),
    uniform([batch, hidden], 3),
    weight(input, 4 * hidden, 4),
    weight(hidden, 4 * hidden, 5),
    uniform([4 * hidden], 6),
  ].map((x, i) => (i === 3 || i === 4 ? { ...x, shape: [...x.shape].reverse() } : x));

/** What a cell may give out, and how its carry may go round. */
const structures: Readonly<Record<string, Program>> = {
  "output of x alone": (o, [xs, h0, w]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(h, x))], [o.matmul(o.tanh(x), w)]])),
  "output x itself": (o, [xs, h0]) => flat(o.scan([xs], [h0], ([h], [x]) => [[o.mul(h, o.sigmoid(x))], [x]])),
  "output of the carry alone": (o, [xs, h0, w]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(h, x))], [o.matmul(h, w)]])),
  "output the old carry": (o, [xs, h0]) => flat(o.scan([xs], [h0], ([h], [x]) => [[o.mul(h, o.sigmoid(x))], [h]])),
  "output of both": (o, [xs, h0, w]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(h, x))], [o.mul(o.matmul(h, w), x)]])),
  "output of neither": (o, [xs, h0, w]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(h, x))], [o.square(w), w]])),
  "no output": (o, [xs, h0, w]) => flat(o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(o.matmul(h, w), x))], []])),
  "final carry not used": (o, [xs, h0, w]) =>
    o.scan([xs], [h0], ([h], [x]) => [[o.tanh(o.add(o.matmul(h, w), x))], [o.square(h)]])[1],
  "one value as several outputs": (o, [xs, h0]) =>
    flat(
      o.scan([xs], [h0], ([h], [x]) => {
        const next = o.tanh(o.add(h, x));
        return [[next], [next, next, o.mul(next, 2), x, x]];
      }),
    ),
  "carry unchanged": (o, [xs, h0]) => flat(o.scan([xs], [h0], ([h], [x]) => [[h], [o.mul(h, x)]])),
  "carry replaced by x": (o, [xs, h0]) => flat(o.scan([xs], [h0], ([h], [x]) => [[x], [o.mul(h, x)]])),
  "carry replaced by a constant": (o, [xs, h0]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.full([3, 4], 0.5)], [o.mul(h, x)]])),
  "carry replaced by a weight": (o, [xs, h0, w]) =>
    flat(o.scan([xs], [h0], ([h], [x]) => [[o.slice(w, 0, 0, 3)], [o.mul(h, x)]])),
  "carries swapped": (o, [xs, h0]) => flat(o.scan([xs], [h0, o.mul(h0, 2)], ([a, b], [x]) => [[b, a], [o.mul(a, x)]])),
  "carries swapped, one changed": (o, [xs, h0]) =>
    flat(
      o.scan([xs], [h0, o.mul(h0, 2)], ([a, b], [x]) => [
        [b, o.tanh(o.add(a, x))],
        [a, b],
      ]),
    ),
  "two carries of one value": (o, [xs, h0]) =>
    flat(
      o.scan([xs], [h0, h0], ([a, b], [x]) => {
        const next = o.tanh(o.add(o.mul(a, b), x));
        return [[next, next], [o.sub(a, x)]];
      }),
    ),
  "carry used twice": (o, [xs, h0]) => flat(o.scan([xs], [h0], ([h], [x]) => [[o.mul(h, o.add(h, x))], [o.mul(h, h)]])),
  "three carries of different shapes": (o, [xs, h0, w]) =>
    flat(
      o.scan([xs], [h0, o.zeros([]), o.full([4], 1)], ([h, total, row], [x]) => {
        const next = o.tanh(o.add(o.matmul(h, w), o.mul(x, row)));
        return [
          [next, o.add(total, o.mean(next)), o.mul(row, o.mean(x, 0))],
          [next, total],
        ];
      }),
    ),
  "one weight in two places": (o, [xs, h0, w]) =>
    flat(
      o.scan([xs], [h0], ([h], [x]) => {
        const next = o.tanh(o.add(o.matmul(x, w), o.matmul(h, w)));
        return [[next], [o.matmul(next, w, { transposeB: true })]];
      }),
    ),
  "weights inside and outside": (o, [xs, h0, w]) => {
    const [[h], outputs] = o.scan([o.matmul(xs, w)], [o.matmul(h0, w)], ([h], [x]) => [
      [o.tanh(o.add(o.matmul(h, w), x))],
      [h],
    ]);
    return [...outputs, o.matmul(h as typeof w, w), o.mul(xs, 2)];
  },
  "x used inside and outside": (o, [xs, h0]) => {
    const [, [ys]] = o.scan([xs, o.flip(xs, 0)], [h0], ([h], [x, y]) => [[o.tanh(o.add(h, x))], [o.mul(h, y)]]);
    return o.mul(ys as typeof xs, xs);
  },
  "constants inside": (o, [xs, h0]) =>
    flat(
      o.scan([xs], [h0], ([h], [x]) => [
        [o.select(o.greater(x, 0), o.mul(h, 0.5), o.sub(1, h))],
        [o.add(o.full([3, 4], 2), h), o.full([2], 1)],
      ]),
    ),
  "a loop after a loop": (o, [xs, h0, w]) => {
    const cell = (h: typeof w, x: typeof w) => o.tanh(o.add(o.matmul(h, w), x));
    const [[h], [ys]] = o.scan([xs], [h0], ([h], [x]) => [[cell(h, x)], [o.mul(h, 2)]]);
    return flat(o.scan([ys as typeof w], [h as typeof w], ([g], [y]) => [[cell(g, y)], [g]], { reverse: true }));
  },
  "a loop in a loop": (o, [xs, h0, w]) =>
    flat(
      o.scan([xs], [h0], ([h], [x]) => {
        const [[last], [inner]] = o.scan([x], [o.mean(h, 0)], ([g], [row]) => {
          const next = o.tanh(o.add(g, row));
          return [[next], [next]];
        });
        return [[o.tanh(o.add(o.matmul(h, w), inner as typeof w))], [last as typeof w]];
      }),
    ),
};

const flat = <T>([finals, outputs]: readonly [readonly T[], readonly T[]]): T[] => [...outputs, ...finals];

/** Functions of [3, 4], applied in a cell to x (hoisted), to the carry (in the loop) and to the new carry (sunk). */
const bodies: Readonly<Record<string, <T>(o: Ops<T>, x: T, w: T) => T>> = {
  unary: (o, x) => o.gelu(o.square(x)),
  affine: (o, x) => o.sub(1, o.mul(x, 0.5)),
  "row operand": (o, x, w) => o.mul(o.mean(w, 0), x),
  "column operand": (o, x) => o.sub(x, o.mean(x, 1, { keepDims: true })),
  "scalar operand": (o, x) => o.mul(o.mean(x), x),
  "smaller rank": (o, x, w) => o.add(o.mean(x, 0), o.slice(w, 0, 0, 3)),
  comparison: (o, x) => o.mul(o.greater(x, 0.1), x),
  select: (o, x, w) => o.select(o.less(x, 0.05), o.slice(w, 0, 0, 3), x),
  matmul: (o, x, w) => o.matmul(x, w),
  "matmul transposed": (o, x, w) => o.matmul(x, w, { transposeB: true }),
  "matmul bias": (o, x, w) => o.matmul(x, w, { bias: o.mean(w, 0) }),
  "matmul from the left": (o, x, w) => o.matmul(o.slice(o.slice(w, 0, 0, 3), 1, 0, 3), x),
  "matmul by itself": (o, x) => o.matmul(o.matmul(x, x, { transposeB: true }), x),
  "matmul batched": (o, x, w) =>
    o.reshape(o.matmul(o.reshape(x, [3, 2, 2]), o.slice(o.slice(w, 0, 0, 2), 1, 0, 2)), [3, 4]),
  "sum of an axis": (o, x) => o.broadcastTo(o.sum(x, 0, { keepDims: true }), [3, 4]),
  "sum of all": (o, x) => o.broadcastTo(o.mul(o.sum(x), 0.1), [3, 4]),
  normalized: (o, x) => {
    const centred = o.sub(x, o.mean(x, -1, { keepDims: true }));
    return o.mul(centred, o.rsqrt(o.add(o.mean(o.square(centred), -1, { keepDims: true }), 0.1)));
  },
  softmax: (o, x) => o.softmax(x),
  "softmax of columns": (o, x) => o.logSoftmax(x, 0),
  "slice and concat": (o, x) => o.concat([o.slice(x, 1, 3), o.slice(x, 1, 0, 3)], 1),
  "first axis": (o, x) => o.concat([o.slice(x, 0, 2), o.slice(x, 0, 0, 2)]),
  "concat with a weight": (o, x, w) => o.concat([o.slice(x, 0, 0, 1), o.slice(w, 0, 0, 2)]),
  stack: (o, x) => o.sum(o.stack([x, o.neg(x), x], 1), 1),
  flip: (o, x) => o.flip(o.flip(x, 0), 1),
  reshape: (o, x) => o.reshape(o.tanh(o.reshape(x, [2, 6])), [3, 4]),
  permute: (o, x, w) => o.transpose(o.matmul(w, o.transpose(x))),
  division: (o, x) => o.div(x, o.add(o.square(x), 1)),
  pow: (o, x) => o.pow(o.add(o.square(x), 0.5), 1.5),
};

const bodyChecks = (names: readonly string[], steps: number, reverse: boolean): Check[] =>
  names.map((name) => {
    const g = bodies[name] as (typeof bodies)[string];
    return loop(`${name}, T ${steps}`, small(steps), (o, [xs, h0, w]) =>
      flat(
        o.scan(
          [xs],
          [h0],
          ([h], [x]) => {
            const next = o.tanh(o.add(o.mul(g(o, h, w), 0.5), g(o, x, w)));
            return [[next], [g(o, next, w), g(o, x, w), o.mul(g(o, h, w), x)]];
          },
          { reverse },
        ),
      ),
    );
  });

const names = Object.keys(bodies);

export const scanCases = [
  opCase("scan tanh RNN", () => [
    rnnCheck(5, 3, 4, 5, false),
    rnnCheck(4, 3, 4, 5, true),
    rnnCheck(1, 1, 1, 1, false),
    rnnCheck(1, 2, 3, 4, true),
    rnnCheck(2, 1, 7, 1, false),
    rnnCheck(7, 2, 3, 33, true),
  ]),
  opCase("scan LSTM of primitive operations", () => [
    loop("alone", lstmInputs(5, 3, 4, 5), (o, x) => primitiveLstm(o, x, 5)),
    loop("less the fused one", lstmInputs(5, 3, 4, 5), (o, x) => {
      const [xs, h0, c0, wIh, wHh, b] = x;
      const { outputs, h, c } = o.lstm(o.linear(xs, wIh, b), wHh, h0, c0);
      const fused = [outputs, h, c];
      return primitiveLstm(o, x, 5).map((y, i) => o.sub(y, fused[i] as typeof xs));
    }),
  ]),
  ...[1, 2, 5].map((steps) =>
    opCase(`scan structures, T ${steps}`, () =>
      Object.entries(structures).map(([name, f]) => loop(name, small(steps), f)),
    ),
  ),
  opCase("scan hoists and sinks every operation", () => bodyChecks(names.slice(0, 14), 4, false)),
  opCase("scan hoists and sinks every operation, the rest", () => bodyChecks(names.slice(14), 4, false)),
  opCase("scan hoists and sinks every operation, reverse", () => bodyChecks(names, 3, true)),
  opCase("scan of int32 steps", () => [
    loop(
      "embedding",
      [integers([4, 3], [0, 1, 1, -1, 4, 2, 0, 0, 3, 3, -2, 1]), uniform([5, 4], 1), uniform([3, 4], 2)],
      (o, [tokens, table, h0]) =>
        flat(
          o.scan([tokens], [h0], ([h], [token]) => {
            const next = o.tanh(o.add(o.embedding(token, table), h));
            return [[next], [o.mul(next, o.embedding(token, table))]];
          }),
        ),
    ),
    loop(
      "cross-entropy",
      [integers([4, 3], [0, 1, 1, -1, 3, 2, 0, 0, 3, 3, -2, 1]), uniform([3, 4], 1), uniform([], 2)],
      (o, [tokens, h0, start]) =>
        flat(
          o.scan([tokens], [h0, start], ([h, total], [token]) => [
            [o.tanh(o.mul(h, 1.5)), o.add(total, o.crossEntropy(h, token))],
            [o.crossEntropy(o.square(h), token)],
          ]),
        ),
    ),
  ]),
];
