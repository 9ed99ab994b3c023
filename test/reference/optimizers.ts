/** Optimizers in float64, one parameter tensor at a time, written from PyTorch's documentation. */

export interface Settings {
  readonly learningRate: number;
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly smoothing?: number;
  readonly epsilon?: number;
  readonly amsgrad?: boolean;
  readonly scale?: "rms" | "spectral";
}

/** What a penalty adds to the gradient. */
export const penaltyOf = (p: number, l1: number, l2: number): number => l1 * Math.sign(p) + 2 * l2 * p;

/** Brings the norms of a tensor [outer, n, inner] along n between bounds. */
export function constrain(
  p: Float64Array,
  [outer, n, inner]: readonly [number, number, number],
  {
    minNorm = 0,
    maxNorm = Number.POSITIVE_INFINITY,
    rate = 1,
  }: { readonly minNorm?: number; readonly maxNorm?: number; readonly rate?: number },
): Float64Array {
  const result = p.slice();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const places = Array.from({ length: n }, (_, k) => (o * n + k) * inner + i);
      const norm = Math.hypot(...places.map((at) => p[at] as number));
      if (norm === 0) continue;
      const wanted = rate * Math.min(Math.max(norm, minNorm), maxNorm) + (1 - rate) * norm;
      for (const at of places) result[at] = ((p[at] as number) * wanted) / norm;
    }
  }
  return result;
}

/** New parameters from old ones, gradients and the step number (from 1); keeps its own state. */
export type Update = (p: Float64Array, g: Float64Array, step: number, learningRate: number) => Float64Array;

const state = (size: number): Float64Array => new Float64Array(size);

function sgd({ weightDecay = 0, momentum = 0, dampening = 0, nesterov = false }: Settings): (size: number) => Update {
  return (size) => {
    const buffer = state(size);
    return (p, g, step, rate) =>
      p.map((value, i) => {
        const gradient = (g[i] as number) + weightDecay * value;
        if (momentum === 0) return value - rate * gradient;
        buffer[i] = step === 1 ? gradient : momentum * (buffer[i] as number) + (1 - dampening) * gradient;
        return value - rate * (nesterov ? gradient + momentum * (buffer[i] as number) : (buffer[i] as number));
      });
  };
}

function adamLike(decoupled: boolean, defaultDecay: number, nesterov = false) {
  return ({ weightDecay = defaultDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false }: Settings) =>
    (size: number): Update => {
      const [m, v, most] = [state(size), state(size), state(size)];
      return (p, g, step, rate) =>
        p.map((old, i) => {
          const value = decoupled ? old * (1 - rate * weightDecay) : old;
          const gradient = (g[i] as number) + (decoupled ? 0 : weightDecay * old);
          m[i] = beta1 * (m[i] as number) + (1 - beta1) * gradient;
          v[i] = beta2 * (v[i] as number) + (1 - beta2) * gradient * gradient;
          most[i] = amsgrad ? Math.max(most[i] as number, v[i] as number) : (v[i] as number);
          const mean = nesterov
            ? (beta1 * (m[i] as number)) / (1 - beta1 ** (step + 1)) + ((1 - beta1) * gradient) / (1 - beta1 ** step)
            : (m[i] as number) / (1 - beta1 ** step);
          const square = (most[i] as number) / (1 - beta2 ** step);
          return value - (rate * mean) / (Math.sqrt(square) + epsilon);
        });
    };
}

function rmsprop({ weightDecay = 0, smoothing = 0.99, epsilon = 1e-8, momentum = 0 }: Settings) {
  return (size: number): Update => {
    const [average, buffer] = [state(size), state(size)];
    return (p, g, _step, rate) =>
      p.map((value, i) => {
        const gradient = (g[i] as number) + weightDecay * value;
        average[i] = smoothing * (average[i] as number) + (1 - smoothing) * gradient * gradient;
        buffer[i] = momentum * (buffer[i] as number) + gradient / (Math.sqrt(average[i] as number) + epsilon);
        return value - rate * (buffer[i] as number);
      });
  };
}

function adagrad({ weightDecay = 0, epsilon = 1e-10 }: Settings) {
  return (size: number): Update => {
    const total = state(size);
    return (p, g, _step, rate) =>
      p.map((value, i) => {
        const gradient = (g[i] as number) + weightDecay * value;
        total[i] = (total[i] as number) + gradient * gradient;
        return value - (rate * gradient) / (Math.sqrt(total[i] as number) + epsilon);
      });
  };
}

function lion({ weightDecay = 0, beta1 = 0.9, beta2 = 0.99 }: Settings) {
  return (size: number): Update => {
    const m = state(size);
    return (p, g, _step, rate) =>
      p.map((value, i) => {
        const [old, gradient] = [m[i] as number, g[i] as number];
        m[i] = beta2 * old + (1 - beta2) * gradient;
        return value - rate * (Math.sign(beta1 * old + (1 - beta1) * gradient) + weightDecay * value);
      });
  };
}

/** Matrices alone, with Muon's settings written out: see `optim.muon`. */
function muon(settings: Settings) {
  const { weightDecay = 0.1, momentum = 0.95, nesterov = true, scale = "rms" } = settings;
  return (size: number, shape: readonly number[]): Update => {
    if (shape.length !== 2) return adamLike(true, weightDecay)({ ...settings, weightDecay })(size);
    const [rows, columns] = shape as [number, number];
    const m = state(size);
    const factor = scale === "rms" ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
    return (p, g, _step, rate) => {
      for (let i = 0; i < size; i++) m[i] = momentum * (m[i] as number) + (1 - momentum) * (g[i] as number);
      const u = m.map((each, i) => (nesterov ? momentum * each + (1 - momentum) * (g[i] as number) : each));
      const x = orthogonal(u, rows, columns);
      return p.map((value, i) => value * (1 - rate * weightDecay) - rate * factor * (x[i] as number));
    };
  };
}

/** a · b or a · bᵀ, of rows of `k` numbers. */
const times = (a: Float64Array, b: Float64Array, k: number, n: number, transposed = false): Float64Array =>
  Float64Array.from({ length: (a.length / k) * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let j = 0; j < k; j++) {
      sum += (a[row * k + j] as number) * (b[transposed ? column * k + j : j * n + column] as number);
    }
    return sum;
  });

/** Five steps of Newton and Schulz. */
function orthogonal(u: Float64Array, rows: number, columns: number): Float64Array {
  const norm = Math.hypot(...u) + 1e-7;
  let x = u.map((each) => each / norm);
  for (let i = 0; i < 5; i++) {
    const gram = times(x, x, columns, rows, true);
    const square = times(gram, gram, rows, rows);
    const factor = gram.map((each, k) => -4.775 * each + 2.0315 * (square[k] as number));
    const more = times(factor, x, rows, columns);
    x = x.map((each, k) => 3.4445 * each + (more[k] as number));
  }
  return x;
}

export const optimizers = {
  muon,
  sgd,
  adam: adamLike(false, 0),
  adamW: adamLike(true, 0.01),
  nadam: adamLike(false, 0, true),
  nadamW: adamLike(true, 0.01, true),
  lion,
  rmsprop,
  adagrad,
};

export const normOf = (gradients: readonly Float64Array[]): number =>
  Math.sqrt(gradients.reduce((sum, g) => sum + g.reduce((total, x) => total + x * x, 0), 0));

/** All gradients scaled so that their norm together is at most `limit` (PyTorch's clip_grad_norm_). */
export function clip(gradients: readonly Float64Array[], limit: number): Float64Array[] {
  const factor = Math.min(1, limit / (normOf(gradients) + 1e-6));
  return gradients.map((g) => g.map((x) => x * factor));
}

/** Every number of them between −limit and limit (PyTorch's clip_grad_value_). */
export const clipValues = (gradients: readonly Float64Array[], limit: number): Float64Array[] =>
  gradients.map((g) => g.map((x) => Math.max(-limit, Math.min(limit, x))));

interface Average {
  readonly decay?: number;
  readonly debias?: boolean;
  readonly start?: number;
}

/** A moving average of a parameter: Σ of the weights of updates, each times decay to the power of its age, by the sum of the factors. */
export function averageOf(first: Float64Array, { decay = 0.999, debias = true, start = 0 }: Average) {
  let value = first;
  return {
    value: () => value,
    update(p: Float64Array, step: number): void {
      const count = step - start;
      const rest = debias ? (1 - decay) / (1 - decay ** count) : 1 - decay;
      value = count <= 1 ? p : value.map((a, i) => a + rest * ((p[i] as number) - a));
    },
  };
}
