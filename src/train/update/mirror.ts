import { Arena } from "../../gpu/arena.ts";
import type { Device } from "../../gpu/device.ts";
import type { PlacedParameter } from "../../gpu/parameters.ts";
import type { Slot } from "../../graph/lowering.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../../graph/shape.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import { align } from "../../plan/virtual-memory.ts";
import type { HeldTensor } from "../checkpoint/parts.ts";
import type { Segment } from "../optim/optimizer.ts";

/** Where a parameter lies on the device. */
export function placeOf(device: Device, parameter: Parameter): PlacedParameter {
  const place = device.parameters.placeOf(parameter);
  if (!place) throw new Error(`parameter ${parameter.name} has no memory`);
  return place;
}

/**
 * A number for each of the parameters' numbers: for each buffer in which some lie one in which those of them lie in the same order,
 * so that one dispatch goes over all that lie side by side.
 */
export class Mirror {
  readonly #arenas = new Map<Arena, Arena>();
  /** Where numbers begin in their buffer; as those of the parameters do where it is undefined. */
  readonly #offsets: ReadonlyMap<Parameter, number> | undefined;

  constructor(
    readonly device: Device,
    readonly parameters: readonly Parameter[],
    label: string,
    /** Whether buffers have room for all that lies in those of the parameters, each at its place there. */
    isWhole = false,
  ) {
    const ends = new Map<Arena, number>();
    const places = parameters.map((parameter) => ({ parameter, ...placeOf(device, parameter) }));
    const offsets = places
      .sort((a, b) => a.offset - b.offset)
      .map(({ parameter, external }) => {
        const offset = ends.get(external) ?? 0;
        ends.set(external, offset + align(sizeOf(parameter.shape)));
        return [parameter, offset] as const;
      });
    this.#offsets = isWhole ? undefined : new Map(offsets);
    try {
      for (const [external, end] of ends) {
        this.#arenas.set(external, new Arena(device, label, isWhole ? external.elements : end));
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  placeOf(parameter: Parameter): { readonly external: Arena; readonly offset: number } {
    const { external, offset } = placeOf(this.device, parameter);
    return { external: this.#arenas.get(external) as Arena, offset: this.#offsets?.get(parameter) ?? offset };
  }

  /** What it has for a segment. */
  slot(to: LoweringContext, { parts, size }: Pick<Segment, "parts" | "size">): Slot {
    const { external, offset } = this.placeOf(parts[0]?.parameter as Parameter);
    return to.external(external, offset, [size]);
  }

  /** @param names what tensors are called, by parameter */
  *tensors(names: ReadonlyMap<Parameter, string>): Iterable<HeldTensor> {
    for (const [parameter, name] of names) {
      const { external, offset } = this.placeOf(parameter);
      const { shape } = parameter;
      yield { name, shape, dtype: "float32", buffer: external.buffer, byteOffset: offset * BYTES_PER_ELEMENT };
    }
  }

  dispose(): void {
    for (const arena of this.#arenas.values()) arena.dispose();
    this.#arenas.clear();
  }
}
