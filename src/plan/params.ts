import type { KernelManifest } from "../kernels/manifest.ts";

/** Packs a dispatch's parameters into the layout of the kernel's `Params` struct. */
export function packParams(kernel: KernelManifest, values: Readonly<Record<string, number>>): Uint8Array {
  const bytes = new Uint8Array(kernel.paramsSize);
  const view = new DataView(bytes.buffer);
  for (const { name, type, offset } of kernel.params) {
    const value = values[name];
    if (value === undefined || Number.isNaN(value)) throw new Error(`${kernel.file}: parameter ${name} is ${value}`);
    if (type === "f32") view.setFloat32(offset, value, true);
    // negative integers have the bits that i32 gives them
    else view.setUint32(offset, value, true);
  }
  for (const name of Object.keys(values)) {
    if (!kernel.params.some((param) => param.name === name)) throw new Error(`${kernel.file}: no parameter ${name}`);
  }
  return bytes;
}

/** Uniform blocks of all dispatches, equal ones shared, each at the alignment of dynamic offsets. */
export class UniformArena {
  readonly #blocks: Uint8Array[] = [];
  readonly #offsets = new Map<string, number>();
  #size = 0;

  constructor(readonly alignment: number) {}

  add(block: Uint8Array): number {
    const key = String.fromCharCode(...block);
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.#size;
    this.#blocks.push(block);
    this.#offsets.set(key, offset);
    this.#size += Math.ceil(block.byteLength / this.alignment) * this.alignment;
    return offset;
  }

  pack(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const block of this.#blocks) {
      bytes.set(block, offset);
      offset += Math.ceil(block.byteLength / this.alignment) * this.alignment;
    }
    return bytes;
  }
}
