import { DataError } from "../errors.ts";
import type { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { Slot } from "../graph/lowering.ts";
import type { Parameter } from "../graph/parameter.ts";
import { sizeOf } from "../graph/shape.ts";
import * as kernels from "../kernels/generated/optimizer.ts";
import { show } from "../options.ts";
import type { LoweringContext } from "../plan/lowering.ts";
import type { Placement } from "../plan/program.ts";
import { align } from "../plan/virtual-memory.ts";
import type { HeldTensor, Part } from "./checkpoint/parts.ts";
import type { PlainData } from "./checkpoint/resumable.ts";
import { groupOf } from "./optim/groups.ts";
import type { Optimizer, Segment } from "./optim/optimizer.ts";
import { Mirror, placeOf } from "./update/mirror.ts";

/** The norm's first stage: elements that a workgroup adds up on GPUs, and a thread, of few in a workgroup, on software adapters. */
const NORM = {
  hardware: { kernel: kernels.norm_partial, chunk: 4096, threads: 1 },
  software: { kernel: kernels.norm_partial_serial, chunk: 2048, threads: 4 },
} as const;

/** What parameters of a segment have in common. */
interface Treatment {
  /** -1: none. */
  readonly group: number;
  readonly weightDecay: number | undefined;
  readonly kind: string;
}

function treatmentOf(optimizer: Optimizer, parameter: Parameter): Treatment {
  const { name } = parameter;
  const group = groupOf(optimizer, name);
  const own = optimizer.groups?.[group]?.weightDecay;
  const weightDecay = own ?? (optimizer.decays?.(name) === false ? 0 : undefined);
  return { group, weightDecay, kind: optimizer.kindOf?.(parameter) ?? "" };
}

const isSame = (a: Treatment, b: Treatment): boolean =>
  a.group === b.group && a.weightDecay === b.weightDecay && a.kind === b.kind;

/** Gradients and the optimizer's own tensors. */
export class TrainingMemory implements Part {
  readonly name = "optimizer";
  /** As the whole model names them: a parameter has other names where a part of it is asked. */
  readonly names: ReadonlyMap<Parameter, string>;
  readonly #mirrors: Mirror[] = [];

  constructor(
    readonly device: Device,
    readonly parameters: readonly Parameter[],
    readonly optimizer: Optimizer,
  ) {
    this.names = new Map(parameters.map((parameter) => [parameter, parameter.name]));
    try {
      // tables of chunks (update/tables.ts) say where parameters and their gradients lie by one number
      this.#mirrors.push(new Mirror(device, parameters, "gradients", true));
      for (const state of optimizer.states) {
        const kept = parameters.filter((parameter) => this.#keeps(state, parameter));
        this.#mirrors.push(new Mirror(device, kept, `${optimizer.name} ${state}`));
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  gradientPlace(parameter: Parameter): Placement {
    return { ...this.#gradients.placeOf(parameter), label: `gradient of ${parameter.name}` };
  }

  /** Runs of parameters that lie side by side and are treated alike, of those that a step trains. */
  segments(to: LoweringContext, trained: readonly Parameter[]): Segment[] {
    const { optimizer } = this;
    const runs: { arena: Arena; start: number; end: number; treatment: Treatment; parameters: Parameter[] }[] = [];
    for (const parameter of trained) {
      const { external, offset } = placeOf(this.device, parameter);
      const end = offset + align(sizeOf(parameter.shape));
      const treatment = treatmentOf(optimizer, parameter);
      const last = runs.at(-1);
      if (last && last.arena === external && last.end === offset && isSame(last.treatment, treatment)) {
        last.end = end;
        last.parameters.push(parameter);
      } else runs.push({ arena: external, start: offset, end, treatment, parameters: [parameter] });
    }
    return runs.map(({ arena, start, end, treatment: { group, weightDecay }, parameters }) => {
      const size = end - start;
      const parts = parameters.map((parameter) => ({
        parameter,
        offset: placeOf(this.device, parameter).offset - start,
      }));
      return {
        parameter: to.external(arena, start, [size]),
        gradient: this.#gradients.slot(to, { parts, size }),
        states: this.#states
          .filter((_, i) => this.#keeps(optimizer.states[i] as string, parameters[0] as Parameter))
          .map((state) => state.slot(to, { parts, size })),
        // the optimizer's own rate, then those of the groups
        hyper: { ...to.hyper, offset: to.hyper.offset + group + 1, shape: [5] },
        size,
        weightDecay,
        parts,
      };
    });
  }

  /** Emits the sums of chunks of all gradients' squares. */
  lowerSquares(to: LoweringContext, segments: readonly Segment[]): Slot {
    const { kernel, chunk, threads } = NORM[to.adapter.kind];
    const counts = segments.map(({ size }) => Math.ceil(size / chunk));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const partials = to.temporary([total], "float32", "norm partials");
    let index = 0;
    segments.forEach(({ gradient, size }, i) => {
      to.dispatch({
        kernel,
        bind: { x: gradient, partials },
        params: { size, chunk_size: chunk, partial_index: index },
        workgroups: [Math.ceil((counts[i] as number) / threads)],
        flops: 2 * size,
      });
      index += counts[i] as number;
    });
    return partials;
  }

  fields(): PlainData {
    return { name: this.optimizer.name };
  }

  check(fields: PlainData): void {
    const { name } = this.optimizer;
    const saved = (fields as { readonly name?: PlainData } | null)?.name;
    if (saved === name) return;
    throw new DataError(
      `Trainer: resume: the checkpoint is of the optimizer ${show(saved)}, expected ${name}; give the optimizer that it was saved with`,
    );
  }

  *tensors(): Iterable<HeldTensor> {
    for (const [i, state] of this.optimizer.states.entries()) {
      const kept = [...this.names].filter(([parameter]) => this.#keeps(state, parameter));
      const named = kept.map(([parameter, name]) => [parameter, `${state}/${name}`] as const);
      yield* (this.#states[i] as Mirror).tensors(new Map(named));
    }
  }

  dispose(): void {
    for (const mirror of this.#mirrors) mirror.dispose();
    this.#mirrors.length = 0;
  }

  #keeps(state: string, parameter: Parameter): boolean {
    return this.optimizer.keeps?.(state, parameter) ?? true;
  }

  get #gradients(): Mirror {
    return this.#mirrors[0] as Mirror;
  }

  get #states(): readonly Mirror[] {
    return this.#mirrors.slice(1);
  }
}
