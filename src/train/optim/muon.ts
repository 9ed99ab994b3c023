import type { Lowering, Slot } from "../../graph/lowering.ts";
import type { Parameter } from "../../graph/parameter.ts";
import * as kernels from "../../kernels/generated/optimizer.ts";
import { foldWorkgroups, linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import { lowerMatmul } from "../../ops/matmul/lower.ts";
import { oneThreadPerRow } from "../../ops/rows/threads.ts";
import { count, flag, type KindsOf, nested, nonNegative, numberWithin, oneOf, positive } from "../../options.ts";
import { adamWOf, type NadamOptions } from "./adam.ts";
import {
  averageKind,
  checkOptimizer,
  type Optimizer,
  type OptimizerOptions,
  type Segment,
  type UpdateContext,
} from "./optimizer.ts";
import { isMeant, type NamePattern, patternKind } from "./pattern.ts";

/** AdamW for what is no matrix. */
export interface MuonRest {
  /** Factor of the average of gradients; 0.9. */
  readonly beta1?: number;
  /** Factor of the average of their squares; 0.999. */
  readonly beta2?: number;
  /** Added to the root under the update; 1e-8. */
  readonly epsilon?: number;
  /** In place of `muon`'s. */
  readonly weightDecay?: number;
}

/** Options of `muon`. */
export interface MuonOptions extends OptimizerOptions {
  /**
   * Which parameters of two axes are moved in orthogonal directions, by name; all of them unless given. Embeddings and a head
   * over a vocabulary are better left out.
   */
  readonly matrices?: NamePattern;
  /** Factor of the average of gradients; 0.95. */
  readonly momentum?: number;
  /** Looks ahead along the average; true. */
  readonly nesterov?: boolean;
  /** Steps of Newton and Schulz; 5. */
  readonly iterations?: number;
  /** Added to the norm that a direction is divided by; 1e-7. */
  readonly epsilon?: number;
  /**
   * How far matrices [out, in] are moved: with `"rms"` by 0.2 · √max(out, in), about as far as AdamW would move them, so that one
   * learning rate serves all parameters (Liu et al. 2025); with `"spectral"` by √max(1, out / in) (Jordan et al. 2024); `"rms"`.
   */
  readonly scale?: "rms" | "spectral";
  /** Options of AdamW, which moves all other parameters. */
  readonly adamW?: MuonRest;
}

const restKinds: KindsOf<MuonRest> = {
  beta1: averageKind,
  beta2: averageKind,
  epsilon: nonNegative,
  weightDecay: nonNegative,
};

const MOST_ITERATIONS = 100;
const kinds: KindsOf<Omit<MuonOptions, keyof OptimizerOptions>> = {
  matrices: patternKind,
  momentum: averageKind,
  nesterov: flag,
  iterations: numberWithin(
    `an integer from 1 to ${MOST_ITERATIONS}`,
    (value) => count.fits(value) && value <= MOST_ITERATIONS,
  ),
  epsilon: positive,
  scale: oneOf("rms", "spectral"),
  adamW: nested(restKinds),
};

/** Of the polynomial a·x + b·x³ + c·x⁵, which drives singular values towards 1 (Jordan et al. 2024). */
const COEFFICIENTS = { a: 3.4445, b: -4.775, c: 2.0315 } as const;

/**
 * Muon (Jordan et al. 2024), as PyTorch's: matrices are moved by their averaged gradients with all singular values brought near 1,
 * by matrix products alone; AdamW moves the other parameters. Learning rate 1e-3 and weight decay, decoupled, 0.1 unless given.
 * Matrices of one shape share their dispatches, about 4 for each iteration.
 */
export function muon(options: MuonOptions = {}): Optimizer {
  checkOptimizer("muon", options, kinds);
  const { learningRate = 1e-3, weightDecay = 0.1, groups, decays, matrices = "*", adamW = {} } = options;
  const { momentum = 0.95, nesterov = true, iterations = 5, epsilon = 1e-7, scale = "rms" } = options;
  const rest = adamWOf({ weightDecay, ...adamW } satisfies NadamOptions);
  const isMatrix = ({ rank, name }: Parameter) => rank === 2 && isMeant(matrices, name);
  return {
    name: "muon",
    // m of matrices is their momentum
    states: rest.states,
    keeps: (state, parameter) => state === "m" || !isMatrix(parameter),
    averages: rest.averages ?? [],
    learningRate,
    groups,
    decays,
    kindOf: (parameter) => (isMatrix(parameter) ? "matrix" : ""),
    lower(to, segments, context) {
      const ofMatrices = segments.filter(({ parts }) => parts[0] && isMatrix(parts[0].parameter));
      const others = segments.filter((segment) => !ofMatrices.includes(segment));
      if (others.length > 0) rest.lower(to, others, context);
      for (const alike of byShape(ofMatrices)) {
        lowerMatrices(to, alike, context, { momentum, nesterov, iterations, epsilon, scale, weightDecay });
      }
    },
  };
}

interface MatrixUpdate {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly iterations: number;
  readonly epsilon: number;
  readonly scale: "rms" | "spectral";
  readonly weightDecay: number;
}

/** A matrix, and where it lies in its segment. */
interface Matrix {
  readonly segment: Segment;
  readonly offset: number;
  readonly shape: readonly [rows: number, columns: number];
}

function byShape(segments: readonly Segment[]): Matrix[][] {
  const groups = new Map<string, Matrix[]>();
  for (const segment of segments) {
    for (const { parameter, offset } of segment.parts) {
      const shape = parameter.shape as readonly [number, number];
      const key = shape.join();
      groups.set(key, [...(groups.get(key) ?? []), { segment, offset, shape }]);
    }
  }
  return [...groups.values()];
}

function lowerMatrices(
  to: Lowering,
  matrices: readonly Matrix[],
  { guard, clipNorm, clipValue }: UpdateContext,
  { momentum, nesterov, iterations, epsilon, scale, weightDecay }: MatrixUpdate,
): void {
  const [rows, columns] = (matrices[0] as Matrix).shape;
  const batch = matrices.length;
  const size = rows * columns;
  const within = ({ buffer, offset, dtype }: Slot, by: number): Slot => ({
    ...{ buffer, dtype },
    offset: offset + by,
    shape: [rows, columns],
  });
  let x = to.temporary([batch, rows, columns], "float32", "muon direction");
  const workgroups = linearWorkgroups(size);
  matrices.forEach(({ segment, offset }, i) => {
    to.dispatch({
      kernel: kernels.muon_momentum,
      bind: {
        gradient: within(segment.gradient, offset),
        guard,
        m: within(segment.states[0] as Slot, offset),
        direction: within(x, i * size),
      },
      params: { size, momentum, nesterov: nesterov ? 1 : 0, clip_norm: clipNorm, clip_value: clipValue },
      workgroups,
      flops: 8 * size,
    });
  });
  x = lowerOrthogonal(to, x, iterations, epsilon);
  const factor = scale === "rms" ? 0.2 * Math.sqrt(Math.max(rows, columns)) : Math.sqrt(Math.max(1, rows / columns));
  matrices.forEach(({ segment, offset }, i) => {
    to.dispatch({
      kernel: kernels.muon_update,
      bind: {
        parameter: within(segment.parameter, offset),
        direction: within(x, i * size),
        hyper: segment.hyper,
        guard,
      },
      params: { size, weight_decay: segment.weightDecay ?? weightDecay, scale: factor },
      workgroups,
      flops: 4 * size,
    });
  });
}

/** Brings the singular values of matrices [batch, rows, columns] near 1, by steps of Newton and Schulz. */
function lowerOrthogonal(to: Lowering, given: Slot, iterations: number, epsilon: number): Slot {
  const [batch, rows, columns] = given.shape as [number, number, number];
  const n = rows * columns;
  const serial = oneThreadPerRow(to.adapter, batch, n);
  to.dispatch({
    kernel: serial ? kernels.muon_normalize_serial : kernels.muon_normalize_parallel,
    bind: { x: given },
    params: { rows: batch, n, epsilon },
    workgroups: serial ? linearWorkgroups(batch) : foldWorkgroups("muon", batch, to.adapter),
    flops: 3 * batch * n,
  });
  const small = Math.min(rows, columns);
  const isWide = rows <= columns;
  const square = () => to.temporary([batch, small, small], "float32", "muon square");
  const [gram, polynomial] = [square(), square()];
  let [x, next] = [given, to.temporary(given.shape, "float32", "muon direction")];
  const shared = { batch, aBatched: true, bBatched: true };
  const plain = { ...shared, transposeA: false, transposeB: false };
  for (let i = 0; i < iterations; i++) {
    // of the smaller side: X·Xᵀ or Xᵀ·X
    const k = Math.max(rows, columns);
    lowerMatmul(to, { ...shared, m: small, n: small, k, transposeA: !isWide, transposeB: isWide }, x, x, gram);
    lowerMatmul(to, { ...plain, m: small, n: small, k: small }, gram, gram, polynomial);
    const size = batch * small * small;
    to.dispatch({
      kernel: kernels.muon_polynomial,
      bind: { x: gram, y: polynomial },
      params: { size, n: small, ...COEFFICIENTS },
      workgroups: linearWorkgroups(size),
      flops: 4 * size,
    });
    const operands: [Slot, Slot] = isWide ? [polynomial, x] : [x, polynomial];
    lowerMatmul(to, { ...plain, m: rows, n: columns, k: small }, ...operands, next);
    [x, next] = [next, x];
  }
  return x;
}
