/** What a program must give: values and slopes in float64, and how far float32 may be off them. */
import { type Comparison, times } from "../cases/support/assert.ts";
import { filled, generator, map, type NdArray, uniform, zip } from "../reference/array.ts";
import { randomPrograms } from "../support/tolerance.ts";
import { type Form, runCalls } from "./form.ts";
import { oracle } from "./functions.ts";

/** A number that is known of one source's gradient g: Σ direction · g. */
export interface Slope {
  readonly id: number;
  readonly direction: NdArray;
  readonly value: number;
  /** How much it changes by errors in every value on the way. */
  readonly unsure: number;
  /** How much it depends on the step of the difference; where that is much, nothing is known (some loops are chaotic). */
  readonly doubt: number;
}

export interface Expected {
  readonly outputs: readonly { readonly want: NdArray; readonly unsure: NdArray }[];
  readonly cotangents: readonly NdArray[];
  readonly slopes: readonly Slope[];
}

/** Of a source moved by ±: what float64 leaves of the difference, and what curvature adds, are both near 1e-10. */
const STEP = 1e-5;
const FINER = STEP / 8;
/** Share of a slope that may be doubtful. */
const DOUBTFUL = 0.01;
/** Seeds of the errors that are put into every value, to see what rounding may do. */
const RUNS = [1, 2];
const { noise: NOISE, share: SHARE, values: VALUES, slopes: SLOPES } = randomPrograms;

function evaluate(form: Form, moves: ReadonlyMap<number, NdArray>, noise = 0): NdArray[] {
  const after = (id: number, value: NdArray): NdArray => {
    if (value.dtype === "int32") return value;
    const move = moves.get(id);
    const moved = move ? zip(value, move, (a, b) => a + b) : value;
    if (noise === 0) return moved;
    const random = generator(id * 31 + noise);
    // a sum that cancels is off by the size of what it adds up, which is that of its neighbours
    const usual = Math.sqrt(moved.data.reduce((sum, v) => sum + v * v, 0) / moved.data.length);
    const least = Number.isFinite(usual) ? usual : 0;
    return map(moved, (v) => v + Math.max(Math.abs(v), least) * NOISE * (2 * random() - 1));
  };
  const values = new Map<number, NdArray>();
  for (const [id, x] of form.inputs) {
    const move = moves.get(id);
    values.set(id, move ? zip(x, move, (a, b) => a + b) : x);
  }
  runCalls(oracle, form.calls, values, after);
  return form.outputs.map((id) => values.get(id) as NdArray);
}

/** The values that are differentiated for. */
export const sourcesOf = (form: Form): number[] => [
  ...[...form.inputs].filter(([, { dtype }]) => dtype === "float32").map(([id]) => id),
  ...form.held,
];

export function expectedOf(form: Form, shapes: ReadonlyMap<number, NdArray>): Expected {
  const still = new Map<number, NdArray>();
  const wanted = evaluate(form, still);
  const noisy = RUNS.map((run) => evaluate(form, still, run));
  const outputs = wanted.map((want, i) => ({
    want,
    unsure: noisy
      .map((run) => zip(run[i] as NdArray, want, (a, b) => Math.abs(a - b)))
      .reduce((a, b) => zip(a, b, Math.max), filled(want.shape, 0)),
  }));
  const cotangents = wanted.map(({ shape }, i) => uniform(shape, 500 + i, -1.5, 1.5));
  const slopeOf = (id: number, direction: NdArray, noise: number, step = STEP): number => {
    const at = (sign: number) => evaluate(form, new Map([[id, map(direction, (d) => sign * step * d)]]), noise);
    const [up, down] = [at(1), at(-1)];
    let total = 0;
    up.forEach(({ data }, k) => {
      const [other, weight] = [down[k] as NdArray, cotangents[k] as NdArray];
      for (let i = 0; i < data.length; i++) {
        total += (weight.data[i] as number) * ((data[i] as number) - (other.data[i] as number));
      }
    });
    return total / (2 * step);
  };
  const slopes = sourcesOf(form).map((id): Slope => {
    const { shape } = shapes.get(id) as NdArray;
    const direction = map(uniform(shape, 900 + id, -1, 1), (d) => (d < 0 ? d - 0.5 : d + 0.5));
    const value = slopeOf(id, direction, 0);
    const unsure = Math.max(...RUNS.map((run) => Math.abs(slopeOf(id, direction, run) - value)));
    const doubt = 2 * Math.abs(slopeOf(id, direction, 0, FINER) - value);
    return { id, direction, value, unsure, doubt };
  });
  return { outputs, cotangents, slopes };
}

export function judgeValues(got: ArrayLike<number>, { want, unsure }: Expected["outputs"][number]): Comparison {
  let worst: Comparison = { used: 0, problem: null };
  want.data.forEach((value, i) => {
    const bound = SHARE * (unsure.data[i] as number) + VALUES.relative * Math.abs(value) + VALUES.absolute;
    const share = Math.abs((got[i] as number) - value) / bound;
    const used = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
    if (used <= worst.used) return;
    worst = { used, problem: used <= 1 ? null : `element ${i} is ${got[i]}, expected ${value} (${times(used)})` };
  });
  return worst;
}

export const isDoubtful = ({ value, doubt }: Slope): boolean => doubt > DOUBTFUL * Math.max(1, Math.abs(value));

/** `scale` is that of the gradients of the whole program. No gradient at all counts as zeros. */
export function judgeSlope(got: ArrayLike<number> | null, slope: Slope, scale: number): Comparison {
  let [found, squares] = [0, 0];
  slope.direction.data.forEach((d, i) => {
    const term = (got?.[i] ?? 0) * d;
    found += term;
    squares += term * term;
  });
  if (isDoubtful(slope)) return { used: 0, problem: null };
  const size = Math.abs(slope.value) + Math.sqrt(squares);
  const bound = SHARE * slope.unsure + slope.doubt + SLOPES.relative * size + SLOPES.absolute * scale;
  const share = Math.abs(found - slope.value) / bound;
  const used = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
  const text = `${got ? "slope" : "no gradient, slope"} ${found}, expected ${slope.value} (${times(used)})`;
  return { used, problem: used <= 1 ? null : text };
}
