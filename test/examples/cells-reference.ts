/**
 * The cells of the zoo in float64, as plain loops over the papers' formulas, for one sequence at a time. Written without
 * seqgrad: this is what it is measured against.
 */
import type { papers } from "../../examples/cells/help.mjs";

export type Vector = readonly number[];
/** Parameters by name, row by row. */
export type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>;
export type State = Readonly<Record<string, Vector>>;
/** One step: what goes in and what was before → what comes out and what is after. `t` counts from 0. */
export type Step = (x: Vector, before: State, t: number) => { y: Vector; after: State };

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const each = (size: number, at: (j: number) => number): Vector => Array.from({ length: size }, (_, j) => at(j));
const n = (v: Vector | undefined, j: number) => v?.[j] as number;

/** Numbers of a parameter by row and column; a vector's by the first alone. */
function reader(weights: Weights, name: string) {
  const { shape, data } = weights[name] as Weights[string];
  const columns = shape.length > 1 ? (shape.at(-1) as number) : 1;
  return (row: number, column = 0) => data[row * columns + column] as number;
}

/** Row `row` of a matrix times a vector. */
function product(weights: Weights, name: string) {
  const at = reader(weights, name);
  return (row: number, v: Vector) => v.reduce((sum, value, k) => sum + at(row, k) * value, 0);
}

/** (v − mean) / √(variance + 10⁻⁵), by elements. */
function normalised(v: Vector): Vector {
  const mean = v.reduce((sum, x) => sum + x, 0) / v.length;
  const variance = v.reduce((sum, x) => sum + (x - mean) ** 2, 0) / v.length;
  return v.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
}

/** By the names of the zoo. H is the number of units; gates lie one behind the other. */
export const references: Readonly<Record<keyof typeof papers, (weights: Weights, H: number) => Step>> = {
  cifg(weights, H) {
    const [W, b, U] = [product(weights, "x.weight"), reader(weights, "x.bias"), product(weights, "h.weight")];
    return (x, { h = [], c = [] }) => {
      const gate = (k: number, j: number) => W(k * H + j, x) + U(k * H + j, h) + b(k * H + j);
      const cell = each(H, (j) => {
        const f = sigmoid(gate(0, j));
        return f * n(c, j) + (1 - f) * Math.tanh(gate(1, j));
      });
      const y = each(H, (j) => sigmoid(gate(2, j)) * Math.tanh(n(cell, j)));
      return { y, after: { h: y, c: cell } };
    };
  },

  mgu(weights, H) {
    const [W, b] = [product(weights, "x.weight"), reader(weights, "x.bias")];
    const [Uf, Un] = [product(weights, "gate.weight"), product(weights, "candidate.weight")];
    return (x, { h = [] }) => {
      const f = each(H, (j) => sigmoid(W(j, x) + b(j) + Uf(j, h)));
      const seen = each(H, (j) => n(f, j) * n(h, j));
      const y = each(H, (j) => {
        const candidate = Math.tanh(W(H + j, x) + b(H + j) + Un(j, seen));
        return (1 - n(f, j)) * n(h, j) + n(f, j) * candidate;
      });
      return { y, after: { h: y } };
    };
  },

  ugrnn(weights, H) {
    const [W, b, U] = [product(weights, "x.weight"), reader(weights, "x.bias"), product(weights, "h.weight")];
    return (x, { h = [] }) => {
      const y = each(H, (j) => {
        const g = sigmoid(W(j, x) + U(j, h) + b(j));
        return g * n(h, j) + (1 - g) * Math.tanh(W(H + j, x) + U(H + j, h) + b(H + j));
      });
      return { y, after: { h: y } };
    };
  },

  indRnn(weights, H) {
    const [W, b, u] = [product(weights, "x.weight"), reader(weights, "x.bias"), reader(weights, "u")];
    return (x, { h = [] }) => {
      const y = each(H, (j) => Math.max(0, W(j, x) + u(j) * n(h, j) + b(j)));
      return { y, after: { h: y } };
    };
  },

  sru(weights, H) {
    const [W, b] = [product(weights, "gates.weight"), reader(weights, "gates.bias")];
    const [Wc, Ws] = [product(weights, "x.weight"), product(weights, "skip.weight")];
    const [vF, vR] = [reader(weights, "vF"), reader(weights, "vR")];
    return (x, { h: c = [] }) => {
      const cell = each(H, (j) => {
        const f = sigmoid(W(j, x) + vF(j) * n(c, j) + b(j));
        return f * n(c, j) + (1 - f) * Wc(j, x);
      });
      const y = each(H, (j) => {
        const r = sigmoid(W(H + j, x) + vR(j) * n(c, j) + b(H + j));
        return r * n(cell, j) + (1 - r) * Ws(j, x);
      });
      return { y, after: { h: cell } };
    };
  },

  qrnn(weights, H) {
    const [W, b] = [product(weights, "x.weight"), reader(weights, "x.bias")];
    let last: Vector | undefined;
    return (x, { h: c = [] }, t) => {
      const window = [...(t > 0 && last ? last : x.map(() => 0)), ...x];
      last = x;
      const gate = (k: number, j: number) => W(k * H + j, window) + b(k * H + j);
      const cell = each(H, (j) => {
        const f = sigmoid(gate(1, j));
        return f * n(c, j) + (1 - f) * Math.tanh(gate(0, j));
      });
      return { y: each(H, (j) => sigmoid(gate(2, j)) * n(cell, j)), after: { h: cell } };
    };
  },

  mLstm(weights, H) {
    const [W, b, U] = [product(weights, "x.weight"), reader(weights, "x.bias"), product(weights, "m.weight")];
    const [Wm, bm, Um] = [
      product(weights, "factor.weight"),
      reader(weights, "factor.bias"),
      product(weights, "h.weight"),
    ];
    return (x, { h = [], c = [] }) => {
      const m = each(H, (j) => (Wm(j, x) + bm(j)) * Um(j, h));
      const gate = (k: number, j: number) => W(k * H + j, x) + U(k * H + j, m) + b(k * H + j);
      const cell = each(H, (j) => sigmoid(gate(1, j)) * n(c, j) + sigmoid(gate(0, j)) * Math.tanh(gate(3, j)));
      const y = each(H, (j) => sigmoid(gate(2, j)) * Math.tanh(n(cell, j)));
      return { y, after: { h: y, c: cell } };
    };
  },

  clockwork(weights, H) {
    const [W, b, U] = [product(weights, "x.weight"), reader(weights, "x.bias"), reader(weights, "weight")];
    const group = (unit: number) => Math.floor((8 * unit) / H);
    return (x, { h = [] }, t) => {
      const y = each(H, (j) => {
        if (t % 2 ** group(j) !== 0) return n(h, j);
        let sum = W(j, x) + b(j);
        for (let k = 0; k < H; k++) if (group(k) >= group(j)) sum += U(j, k) * n(h, k);
        return Math.tanh(sum);
      });
      return { y, after: { h: y } };
    };
  },

  layerNormGru(weights, H) {
    const [W, U, b] = [product(weights, "x.weight"), product(weights, "h.weight"), reader(weights, "bias")];
    const norm = (name: string, v: Vector) => {
      const gain = reader(weights, `${name}.weight`);
      const shift = `${name}.bias` in weights ? reader(weights, `${name}.bias`) : () => 0;
      return normalised(v).map((x, j) => gain(j) * x + shift(j));
    };
    return (x, { h = [] }) => {
      const fromX = norm(
        "norm.0",
        each(2 * H, (j) => W(j, x)),
      );
      const fromH = norm(
        "norm.1",
        each(2 * H, (j) => U(j, h)),
      );
      const candidateX = norm(
        "normN.0",
        each(H, (j) => W(2 * H + j, x)),
      );
      const candidateH = norm(
        "normN.1",
        each(H, (j) => U(2 * H + j, h)),
      );
      const gate = each(2 * H, (j) => sigmoid(n(fromX, j) + n(fromH, j) + b(j)));
      const y = each(H, (j) => {
        const [r, z] = [n(gate, j), n(gate, H + j)];
        return (1 - z) * n(h, j) + z * Math.tanh(n(candidateX, j) + r * n(candidateH, j));
      });
      return { y, after: { h: y } };
    };
  },

  // without the stabiliser, which changes no output: exp(i) and σ(f) themselves, and c and n by exp(m) larger
  sLstm(weights, H) {
    const [W, b] = [product(weights, "x.weight"), reader(weights, "x.bias")];
    const R = reader(weights, "blocks");
    const size = H / 4;
    return (x, { h = [], c = [], n: normaliser = [], m = [] }) => {
      const gate = (k: number, j: number) => {
        const head = Math.floor(j / size);
        let sum = W(k * H + j, x) + b(k * H + j);
        for (let i = 0; i < size; i++) sum += R(k * H + j, i) * n(h, head * size + i);
        return sum;
      };
      const open = (v: Vector, j: number) => n(v, j) * Math.exp(n(m, j));
      const cell = each(H, (j) => sigmoid(gate(1, j)) * open(c, j) + Math.exp(gate(0, j)) * Math.tanh(gate(2, j)));
      const weight = each(H, (j) => sigmoid(gate(1, j)) * open(normaliser, j) + Math.exp(gate(0, j)));
      const y = each(H, (j) => (sigmoid(gate(3, j)) * n(cell, j)) / n(weight, j));
      return { y, after: { h: y, c: cell, n: weight, m: each(H, () => 0) } };
    };
  },

  coRnn(weights, H) {
    const [W, b] = [product(weights, "x.weight"), reader(weights, "x.bias")];
    const [Wy, Wz] = [product(weights, "y.weight"), product(weights, "z.weight")];
    return (x, { y = [], z = [] }) => {
      const speed = each(H, (j) => {
        const force = Math.tanh(Wy(j, y) + Wz(j, z) + W(j, x) + b(j));
        return n(z, j) + 0.25 * (force - 1 * n(y, j) - 0.5 * n(z, j));
      });
      const place = each(H, (j) => n(y, j) + 0.25 * n(speed, j));
      return { y: place, after: { y: place, z: speed } };
    };
  },

  lem(weights, H) {
    const [W, b] = [product(weights, "x.weight"), reader(weights, "x.bias")];
    const [Wy, Wz] = [product(weights, "y.weight"), product(weights, "z.weight")];
    return (x, { y = [], z = [] }) => {
      const input = (k: number, j: number) => W(k * H + j, x) + b(k * H + j);
      const slow = each(H, (j) => {
        const a = sigmoid(input(0, j) + Wy(j, y));
        return (1 - a) * n(z, j) + a * Math.tanh(input(2, j) + Wy(2 * H + j, y));
      });
      const out = each(H, (j) => {
        const step = sigmoid(input(1, j) + Wy(H + j, y));
        return (1 - step) * n(y, j) + step * Math.tanh(input(3, j) + Wz(j, slow));
      });
      return { y: out, after: { y: out, z: slow } };
    };
  },
};
