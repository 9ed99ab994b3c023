/** Cells of every form that becomes a kernel of its own, in all ways to run it, against the loop in float64. */
import { type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Args, Ops, Program } from "../support/ops.ts";
import { recurrentWays } from "../support/profile.ts";

/** A cell: states and one step's input, all [B, H], with weights [H, H]. */
interface Cell {
  readonly states: number;
  readonly fewRows?: boolean;
  /** Further sizes: as many units and rows as a workgroup with all weights has, more steps than one dispatch takes. */
  readonly sizes?: typeof sizes;
  /** Weights are stored in 16 bits. */
  readonly isHalf?: boolean;
  readonly weights: readonly (readonly [rows: number, columns: number])[];
  step<T>(o: Ops<T>, states: Args<T>, x: T, weights: Args<T>, hidden: number): readonly T[];
}

const one = (count: number) => Array.from({ length: count }, () => [1, 1] as const);

const cells: Readonly<Record<string, Cell>> = {
  "four gates of one product": {
    states: 2,
    weights: [[4, 1]],
    sizes: [
      [2, 33, 64],
      [300, 2, 4],
    ],
    step(o, [h, c], x, [wide]) {
      const [i, f, g, z] = o.split(o.linear(h, wide), 4, 1) as [typeof x, typeof x, typeof x, typeof x];
      const next = o.add(o.mul(o.sigmoid(o.add(f, x)), c), o.mul(o.sigmoid(i), o.tanh(g)));
      return [o.mul(o.sigmoid(z), o.tanh(next)), next];
    },
  },
  "four products, weights apart, each [k, n]": {
    states: 2,
    weights: one(4),
    step(o, [h, c], x, [wi, wf, wg, wo]) {
      const gate = (w: typeof x) => o.add(o.matmul(h, w), x);
      const next = o.add(o.mul(o.sigmoid(gate(wf)), c), o.mul(o.sigmoid(gate(wi)), o.tanh(gate(wg))));
      return [o.mul(o.sigmoid(gate(wo)), o.tanh(next)), next];
    },
  },
  "products of two states": {
    states: 2,
    fewRows: true,
    sizes: [[2, 33, 48]],
    weights: [[3, 1], one(1)[0] as readonly [1, 1], [1, 1]],
    step(o, [a, b], x, [wide, v, w], hidden) {
      const parts = o.split(o.linear(a, wide), 3, 1) as [typeof x, typeof x, typeof x];
      const next = o.tanh(o.add(o.add(parts[0], o.matmul(b, v)), x));
      const other = o.sigmoid(o.add(o.mul(parts[1], parts[2]), o.linear(b, w)));
      return [o.mul(next, other), o.sub(other, o.slice(o.concat([a, b], 1), 1, hidden))];
    },
  },
  "two layers, one behind the other in time": {
    states: 2,
    sizes: [[300, 2, 4]],
    weights: one(3),
    step(o, [a, b], x, [u, v, w]) {
      const first = o.tanh(o.add(o.linear(a, u), x));
      return [first, o.tanh(o.add(o.linear(b, v), o.matmul(first, w)))];
    },
  },
  "two products in sequence": {
    states: 1,
    weights: one(2),
    step: (o, [h], x, [u, w]) => [o.tanh(o.add(o.matmul(o.mul(o.matmul(h, u), o.sigmoid(x)), w), x))],
  },
  "reset before the product, a bias with it": {
    states: 1,
    weights: [[2, 1], ...one(1)],
    step(o, [h], x, [wide, w]) {
      const [r, z] = o.split(o.sigmoid(o.linear(h, wide)), 2, 1) as [typeof x, typeof x];
      const n = o.tanh(o.matmul(o.mul(r, h), w, { bias: o.reshape(o.slice(w, 0, 0, 1), [-1]) }));
      return [o.add(o.mul(z, h), o.mul(o.sub(1, z), o.add(n, x)))];
    },
  },
  "no product, functions of every kind": {
    states: 2,
    weights: one(1),
    step(o, [a, b], x, [w]) {
      const row = o.reshape(o.slice(w, 0, 0, 1), [-1]);
      const p = o.softplus(o.sub(o.mul(a, row), o.elu(x, 0.5)));
      const q = o.add(o.gelu(b), o.mul(o.silu(x), o.hardSigmoid(o.mul(a, 3), 0.2, 0.5)));
      const r = o.select(o.less(p, q), o.leakyRelu(q, 0.1), o.minimum(p, o.cos(q)));
      return [o.clamp(o.maximum(r, o.mul(b, 0.5)), -0.9, 1.1), o.div(q, o.add(o.square(p), o.exp(o.neg(o.abs(r)))))];
    },
  },
  "weights of 16 bits": {
    states: 2,
    isHalf: true,
    fewRows: true,
    weights: [[4, 1]],
    step(o, [h, c], x, [wide]) {
      const [i, f, g, u] = o.split(o.linear(h, wide), 4, 1) as unknown as Args<typeof x>;
      const next = o.add(o.mul(o.sigmoid(f), c), o.mul(o.sigmoid(i), o.tanh(o.add(g, x))));
      return [o.mul(o.sigmoid(u), o.tanh(next)), next];
    },
  },
  "weights of 16 bits, of different rows": {
    states: 2,
    isHalf: true,
    weights: [[2, 1]],
    step(o, [a, b], x, [wide]) {
      const [v, w] = o.split(wide, 2) as [typeof x, typeof x];
      return [o.tanh(o.add(o.linear(a, v), x)), o.tanh(o.add(o.linear(b, w), a))];
    },
  },
  "a state that is a product": {
    states: 1,
    weights: one(1),
    step: (o, [h], x, [w]) => [o.linear(o.mul(h, x), w)],
  },
  "a softmax over a part of a product": {
    states: 1,
    weights: [[2, 1]],
    step(o, [h], x, [wide]) {
      const [, part] = o.split(o.linear(h, wide), 2, 1) as [typeof x, typeof x];
      return [o.tanh(o.add(o.softmax(part), x))];
    },
  },
  "sums over rows of a product and of what follows from them": {
    states: 2,
    weights: [[2, 1], ...one(1)],
    step(o, [h, c], x, [wide, w]) {
      const row = o.reshape(o.slice(w, 0, 0, 1), [-1]);
      const [a, b] = o.split(o.layerNorm(o.linear(h, wide)), 2, 1) as [typeof x, typeof x];
      const next = o.add(o.mul(o.sigmoid(a), c), o.mul(o.softmax(b), x));
      return [o.tanh(o.layerNorm(next, row, o.neg(row), 0.01)), next];
    },
  },
  "sums over rows and no product": {
    states: 1,
    weights: one(1),
    step: (o, [h], x, [w]) => [
      o.add(o.softmax(o.add(h, x)), o.layerNorm(o.mul(h, o.reshape(o.slice(w, 0, 0, 1), [-1])))),
    ],
  },
  "a state that another takes over, six sums": {
    states: 3,
    weights: [[6, 1]],
    step(o, [a, b, c], x, [wide]) {
      const s = o.split(o.linear(a, wide), 6, 1) as unknown as Args<typeof x>;
      const next = o.tanh(o.add(o.mul(s[0], s[1]), o.add(o.mul(s[2], s[3]), o.mul(s[4], s[5]))));
      return [o.add(next, o.mul(x, c)), a, b];
    },
  },
  // GPUs have the most threads then
  "eighteen sums of two states": {
    states: 2,
    weights: [
      [9, 1],
      [9, 1],
    ],
    step(o, [a, b], x, [v, w], hidden) {
      const [left, right] = [o.linear(a, v), o.linear(b, w)];
      const part = (of: typeof x, i: number) => o.slice(of, 1, i * hidden, (i + 1) * hidden);
      const terms = Array.from({ length: 9 }, (_, i) => o.mul(part(left, i), part(right, (i + 4) % 9)));
      const next = o.tanh(terms.reduce((sum, term) => o.add(sum, term), x));
      return [next, o.sub(x, a)];
    },
  },
};

/** T, B, H. */
const sizes: readonly (readonly [steps: number, batch: number, hidden: number, reverse?: boolean])[] = [
  [1, 1, 1],
  [3, 2, 3, true],
  [2, 17, 20, true],
];
/** Of few rows, of which a thread has four or one. */
const fewRows: typeof sizes = [
  [4, 3, 8],
  [2, 1, 4],
];

function check(name: string, { states, weights, isHalf, step }: Cell, sizeOf: (typeof sizes)[number]): Check {
  const [steps, batch, hidden, reverse = false] = sizeOf;
  const bound = 1 / Math.sqrt(hidden);
  const inputs: NdArray[] = [
    uniform([steps, batch, hidden], 1),
    ...Array.from({ length: states }, (_, i) => uniform([batch, hidden], 2 + i)),
    ...weights.map(([rows, columns], i) => {
      const drawn = uniform([rows * hidden, columns * hidden], 10 + i, -bound, bound);
      return isHalf ? { ...drawn, data: drawn.data.map((number) => Math.round(number * 512) / 512) } : drawn;
    }),
  ];
  const f: Program = (o, [xs, ...rest]) => {
    const initial = rest.slice(0, states) as typeof rest;
    const given = rest.slice(states).map((weight) => (isHalf ? o.toFloat16(weight) : weight));
    const own = given as unknown as Args<typeof xs>;
    const [finals, outputs] = o.scan(
      [xs],
      initial,
      (carry, [x]) => {
        const next = step(o, carry, x, own, hidden);
        // what a step began with is asked for, too
        return [next, [o.add(next[0] as typeof x, 0.5), carry[states - 1] as typeof x]];
      },
      { reverse },
    );
    return [...finals, ...outputs];
  };
  return {
    label: `${name}, T ${steps} B ${batch} H ${hidden}${reverse ? " reverse" : ""}`,
    inputs,
    f,
    tolerance: tolerance.recurrent(steps, 8),
    gradients: tolerance.recurrent(steps + 2, 64),
    probes: 4,
  };
}

export const cellCases = Object.entries(cells).map(([name, cell]) =>
  opCase(
    `cell, ${name}`,
    () => [...sizes, ...(cell.fewRows ? fewRows : []), ...(cell.sizes ?? [])].map((size) => check(name, cell, size)),
    recurrentWays,
  ),
);
