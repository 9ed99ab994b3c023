import { DataError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { Slot } from "../graph/lowering.ts";
import type { Parameter } from "../graph/parameter.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import * as kernels from "../kernels/generated/optimizer.ts";
import { show } from "../options.ts";
import type { LoweringContext } from "../plan/lowering.ts";
import type { Placement } from "../plan/program.ts";
import { align } from "../plan/virtual-memory.ts";
import type { HeldTensor, Part } from "./checkpoint/parts.ts";
import type { PlainData } from "./checkpoint/resumable.ts";
import { groupOf } from "./optim/groups.ts";
import type { Optimizer, Segment } from "./optim/optimizer.ts";

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

/**
 * Gradients and optimizer state: for each buffer of parameters, buffers of the same layout, so that one dispatch updates
 * every parameter that lies in it.
 */
export class TrainingMemory implements Part {
  readonly name = "optimizer";
  readonly #mirrors = new Map<Arena, { readonly gradient: Arena; readonly states: readonly Arena[] }>();

  /** As the whole model names them: a parameter has other names where a part of it is asked. */
  readonly #names: ReadonlyMap<Parameter, string>;

  constructor(
    readonly device: Device,
    readonly parameters: readonly Parameter[],
    readonly optimizer: Optimizer,
  ) {
    this.#names = new Map(parameters.map((parameter) => [parameter, parameter.name]));
    try {
      for (const parameter of parameters) {
        const { external } = this.#place(parameter);
        if (this.#mirrors.has(external)) continue;
        const states: Arena[] = [];
        this.#mirrors.set(external, { gradient: new Arena(device, "gradients", external.elements), states });
        for (const name of optimizer.states) {
          states.push(new Arena(device, `${optimizer.name} ${name}`, external.elements));
        }
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  gradientPlace(parameter: Parameter): Placement {
    const { external, offset } = this.#place(parameter);
    return { external: this.#mirror(external).gradient, offset, label: `gradient of ${parameter.name}` };
  }

  /** Buffers of the optimizer's tensor number `state` for a parameter. */
  statePlace(parameter: Parameter, state: number): { external: Arena; offset: number } {
    const { external, offset } = this.#place(parameter);
    return { external: this.#mirror(external).states[state] as Arena, offset };
  }

  /** Runs of parameters that lie side by side and are treated alike, of those that a step trains. */
  segments(to: LoweringContext, trained: readonly Parameter[]): Segment[] {
    const { optimizer } = this;
    const runs: { arena: Arena; start: number; end: number; treatment: Treatment; parameters: Parameter[] }[] = [];
    for (const parameter of trained) {
      const { external, offset } = this.#place(parameter);
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
      const slot = (external: Arena) => to.external(external, start, [size]);
      const { gradient, states } = this.#mirror(arena);
      return {
        parameter: slot(arena),
        gradient: slot(gradient),
        states: states.map(slot),
        // the optimizer's own rate, then those of the groups
        hyper: { ...to.hyper, offset: to.hyper.offset + group + 1, shape: [5] },
        size,
        weightDecay,
        parts: parameters.map((parameter) => ({ parameter, offset: this.#place(parameter).offset - start })),
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
    for (const [parameter, name] of this.#names) {
      for (const [i, state] of this.optimizer.states.entries()) {
        const { external, offset } = this.statePlace(parameter, i);
        const { shape } = parameter;
        const byteOffset = offset * BYTES_PER_ELEMENT;
        yield { name: `${state}/${name}`, shape, dtype: "float32", buffer: external.buffer, byteOffset };
      }
    }
  }

  dispose(): void {
    for (const { gradient, states } of this.#mirrors.values()) {
      gradient.dispose();
      for (const state of states) state.dispose();
    }
    this.#mirrors.clear();
  }

  #place(parameter: Parameter) {
    const place = this.device.parameters.placeOf(parameter);
    if (!place) throw new Error(`parameter ${parameter.name} has no memory`);
    return place;
  }

  #mirror(arena: Arena) {
    return this.#mirrors.get(arena) as { gradient: Arena; states: readonly Arena[] };
  }
}
