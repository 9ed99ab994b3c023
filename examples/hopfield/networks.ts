import {
  compile,
  type Device,
  equal,
  float32,
  int32,
  matmul,
  mul,
  reshape,
  scaledDotProductAttention,
  select,
  sign,
  square,
  sub,
  sum,
  type Value,
} from "seqgrad";

/** Patterns and states are rows of −1 and 1. */
export interface Sizes {
  /** Numbers in a row. */
  readonly units: number;
  /** Rows that there is room for; fewer are stored by leaving the last ones zero. */
  readonly room: number;
  /** States that are recalled side by side. */
  readonly states: number;
}

export interface Recall {
  /** The states after recall, [states, units]. */
  recall(patterns: Float32Array, stored: number, states: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/** Hebb's rule: W = XᵀX / units without its diagonal, since no unit acts on itself; gives the field s·W of states s. */
function hebbian(patterns: Value): (state: Value) => Value {
  const share = 1 / (patterns.shape[1] as number);
  const weights = mul(matmul(patterns, patterns, { transposeA: true }), share);
  const diagonal = mul(sum(square(patterns), 0), share);
  return (state) => sub(matmul(state, weights), mul(state, diagonal));
}

/** The network of Hopfield (1982): all units at once take the sign of what acts on them, so many times. */
export async function openClassical(device: Device, { units, room, states }: Sizes, updates: number): Promise<Recall> {
  const program = await compile(device, null, {
    inputs: { patterns: float32([room, units]), state: float32([states, units]) },
    fn({ patterns, state }) {
      const fieldOf = hebbian(patterns);
      let now = state;
      for (let i = 0; i < updates; i++) {
        const field = fieldOf(now);
        // where nothing acts on it a unit stays as it is
        now = select(equal(field, 0), now, sign(field));
      }
      return now;
    },
  });
  return {
    async recall(patterns, _, state) {
      return (await (await program.run({ patterns, state })).read()) as Float32Array;
    },
    dispose: () => program.dispose(),
  };
}

/**
 * The network of Ramsauer et al. (2020): one update softmax(β·s·Xᵀ)·X is attention whose queries are the states, and whose
 * keys and values are the patterns.
 */
export async function openModern(device: Device, { units, room, states }: Sizes, beta: number): Promise<Recall> {
  const program = await compile(device, null, {
    inputs: { patterns: float32([room, units]), stored: int32([1]), state: float32([states, units]) },
    fn({ patterns, stored, state }) {
      const queries = reshape(state, [1, 1, states, units]);
      const keys = reshape(patterns, [1, 1, room, units]);
      const retrieved = scaledDotProductAttention(queries, keys, keys, { scale: beta, lengths: stored });
      return sign(reshape(retrieved, [states, units]));
    },
  });
  return {
    async recall(patterns, stored, state) {
      return (await (await program.run({ patterns, stored: [stored], state })).read()) as Float32Array;
    },
    dispose: () => program.dispose(),
  };
}
