import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { Slot } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import * as kernels from "../kernels/generated/optimizer.ts";
import { inVectors, LANES } from "../ops/dispatch/vectors.ts";
import { linearWorkgroups } from "../ops/dispatch/workgroups.ts";
import { lowerNonFinite } from "../ops/elementwise/non-finite.ts";
import type { LoweringContext } from "../plan/lowering.ts";
import type { StateUpdates } from "../plan/updates.ts";
import type { HeldTensor, Part } from "./checkpoint/parts.ts";
import type { OnNonFinite } from "./options.ts";
import { decayOf, type WeightAverageOptions } from "./update/average-options.ts";

/** In the order of the kernel's numbers. */
const MODES: readonly OnNonFinite[] = ["continue", "skip", "throw"];

/** Words of the guard; kernels/lib/guard.wgsl says what they are. */
export const WORD = {
  LOSS: 0,
  NORM: 1,
  FOUND: 2,
  HOLD: 3,
  LATCH: 4,
  LATCH_FOUND: 5,
  COUNT: 6,
  HELD: 7,
  CARRY: 10,
  BATCHES: 108,
} as const;
/** Of the optimizer's two averages, and of that of the weights. */
export const POWERS = [12, 44, 76] as const;
export const WORDS = 110;
/** Bits of FOUND. */
export const FOUND = [
  ["loss", 1],
  ["gradient", 2],
  ["carry", 4],
] as const;
const CARRY_BIT = 4;

export type NonFinite = (typeof FOUND)[number][0];

/** What a step found. */
export interface Verdict {
  readonly loss: number;
  readonly gradNorm: number;
  /** It changed nothing. */
  readonly held: boolean;
  /** Steps so far that changed nothing. */
  readonly heldCount: number;
  /** The step that stopped training, and what was not finite then. */
  readonly latch: { readonly step: number; readonly what: NonFinite } | null;
}

/** When a step makes an update, and how a moving average of weights follows. */
export interface UpdateRule {
  /** Steps that count, of which the last makes an update; 1. */
  readonly every?: number | undefined;
  readonly average?: WeightAverageOptions | undefined;
}

/**
 * @internal Decides on the GPU, in each step, whether it changes anything, so that no step has to wait for JavaScript to look at
 * the one before. Counts the optimizer's own steps.
 */
export class Guard implements Part {
  readonly name = "guard";
  readonly arena: Arena;

  constructor(
    readonly device: Device,
    readonly mode: OnNonFinite,
    averages: readonly number[],
    private readonly rule: UpdateRule = {},
  ) {
    this.arena = new Arena(device, "guard", WORDS);
    const { average } = rule;
    // without a correction the powers are 0
    const ofWeights = average && ((average.debias ?? true) ? decayOf(average) : 0);
    [averages[0], averages[1], ofWeights].forEach((factor, i) => {
      if (factor === undefined) return;
      // in float64, of the β that the kernels compute with
      const beta = Math.fround(factor);
      const powers = Float32Array.from({ length: 32 }, (_, k) => 1 - beta ** (2 ** k));
      device.gpu.queue.writeBuffer(this.arena.buffer, 4 * (POWERS[i] as number), powers);
    });
  }

  slot(to: LoweringContext): Slot {
    return to.external(this.arena, 0, [WORDS], "uint32");
  }

  /**
   * Emits the verdict on a step, given its loss, sums of its gradients' squares, and its next carry. `unjudged` is state that may be
   * whatever it is.
   */
  lower(to: LoweringContext, loss: Slot, partials: Slot, state: StateUpdates, unjudged?: ReadonlySet<Value>): Slot {
    const guard = this.slot(to);
    const { every = 1, average } = this.rule;
    if (this.mode !== "continue") {
      const floats = state.values(unjudged).filter(({ dtype }) => dtype === "float32");
      lowerNonFinite(to, floats, { ...guard, offset: WORD.CARRY, shape: [] }, CARRY_BIT);
    }
    to.dispatch({
      kernel: kernels.norm_finish,
      bind: { partials, loss, hyper: to.hyper, guard },
      params: {
        ...{ count: sizeOf(partials.shape), on_bad: MODES.indexOf(this.mode), every },
        ...{ average_start: average?.start ?? 0, average_rest: average ? 1 - Math.fround(decayOf(average)) : 1 },
      },
      workgroups: [1],
    });
    if (this.mode === "continue") state.write();
    else state.write((from, target) => lowerHeldCopy(to, from, target, guard));
    return guard;
  }

  /** How many steps the optimizer made, and how many were held. */
  *tensors(): Iterable<HeldTensor> {
    const { buffer } = this.arena;
    yield { name: "counts", shape: [2], dtype: "uint32", buffer, byteOffset: 4 * WORD.COUNT };
  }

  /** Bytes of what `copy` copies. */
  readonly bytes = 4 * (WORD.HELD + 1);

  copy(encoder: GPUCommandEncoder, staging: GPUBuffer): void {
    encoder.copyBufferToBuffer(this.arena.buffer, 0, staging, 0, this.bytes);
  }

  verdict(bytes: ArrayBuffer): Verdict {
    const [words, floats] = [new Uint32Array(bytes), new Float32Array(bytes)];
    const word = (i: number) => words[i] as number;
    const what = FOUND.find(([, bit]) => word(WORD.LATCH_FOUND) & bit)?.[0] ?? "loss";
    return {
      loss: floats[WORD.LOSS] as number,
      gradNorm: floats[WORD.NORM] as number,
      held: word(WORD.HOLD) !== 0,
      heldCount: word(WORD.HELD),
      latch: word(WORD.LATCH) === 0 ? null : { step: word(WORD.LATCH), what },
    };
  }

  /** Lets the steps that are started from now on count again. */
  release(): void {
    this.device.gpu.queue.writeBuffer(this.arena.buffer, 4 * WORD.LATCH, new Uint32Array(2));
  }

  dispose(): void {
    this.arena.dispose();
  }
}

/** Emits a copy that is made unless the step is held. */
export function lowerHeldCopy(to: LoweringContext, from: Slot, target: Slot, guard: Slot): void {
  const size = sizeOf(target.shape);
  const vectors = inVectors(size, from, target);
  to.dispatch({
    kernel: kernels.copy_unless_held,
    ...(vectors ? { variant: "vec4" } : {}),
    bind: { x: from, y: target, guard },
    params: { size },
    workgroups: linearWorkgroups(size / (vectors ? LANES : 1)),
  });
}
