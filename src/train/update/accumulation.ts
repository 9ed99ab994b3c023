import { DataError, UnsupportedError } from "../../errors.ts";
import * as kernels from "../../kernels/generated/update.ts";
import { LANES } from "../../ops/dispatch/vectors.ts";
import { linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import { listNames, show } from "../../options.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { HeldTensor, Part } from "../checkpoint/parts.ts";
import type { PlainData } from "../checkpoint/resumable.ts";
import type { TrainingMemory } from "../gradients.ts";
import { type Guard, lowerHeldCopy, WORD } from "../guard.ts";
import { Mirror } from "./mirror.ts";
import type { UpdateStage, UpdateStep } from "./stage.ts";

/**
 * Averages the gradients of some steps, of which the last makes the update. The guard counts them, so that a step that is held is
 * not one of them.
 */
export class Accumulation implements Part, UpdateStage {
  readonly name = "accumulation";
  readonly #mean: Mirror;
  #trained: ReadonlySet<string> | undefined;

  constructor(
    private readonly memory: TrainingMemory,
    private readonly guard: Guard,
    private readonly steps: number,
  ) {
    this.#mean = new Mirror(memory.device, memory.parameters, "mean gradients");
  }

  /** The mean so far in place of the batch's gradients. */
  gradients(to: LoweringContext, { segments, guard }: UpdateStep): void {
    this.#checkTrained(segments.flatMap(({ parts }) => parts.map(({ parameter }) => parameter.name)));
    for (const segment of segments) {
      const { gradient, size } = segment;
      to.dispatch({
        kernel: kernels.gradient_mean,
        bind: { x: gradient, mean: this.#mean.slot(to, segment), guard },
        params: { size, every: this.steps, share: 1 / this.steps },
        workgroups: linearWorkgroups(size / LANES),
        flops: 2 * size,
      });
    }
  }

  judged(to: LoweringContext, { segments, guard }: UpdateStep): void {
    for (const segment of segments) lowerHeldCopy(to, segment.gradient, this.#mean.slot(to, segment), guard);
  }

  fields(): PlainData {
    return { steps: this.steps };
  }

  check(fields: PlainData): void {
    const saved = (fields as { readonly steps?: PlainData } | null)?.steps;
    if (saved === this.steps) return;
    throw new DataError(
      `Trainer: resume: the checkpoint is of a run with gradientAccumulationSteps ${show(saved)}, expected ${this.steps}; give the number that it was saved with`,
    );
  }

  *tensors(): Iterable<HeldTensor> {
    const named = [...this.memory.names].map(([parameter, name]) => [parameter, `mean/${name}`] as const);
    yield* this.#mean.tensors(new Map(named));
    const { buffer } = this.guard.arena;
    yield { name: "batches", shape: [1], dtype: "uint32", buffer, byteOffset: 4 * WORD.BATCHES };
  }

  dispose(): void {
    this.#mean.dispose();
  }

  /** A batch that leaves a parameter out would leave a mean of its gradients from other batches. */
  #checkTrained(names: readonly string[]): void {
    this.#trained ??= new Set(names);
    const known = this.#trained;
    const other = [...names.filter((name) => !known.has(name)), ...[...known].filter((name) => !names.includes(name))];
    if (other.length === 0) return;
    throw new UnsupportedError(
      `Trainer: gradientAccumulationSteps: the loss depends on ${listNames(other)} for inputs of some sizes only, expected the same parameters for all; leave the option out, or let the loss depend on all of them`,
    );
  }
}
