import { DataError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import { Failures } from "../gpu/failures.ts";
import { toTyped } from "../gpu/host-data.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { InputValue } from "../graph/leaves.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { Placement } from "../plan/program.ts";
import { align } from "../plan/virtual-memory.ts";
import { givenData } from "./given.ts";
import {
  makeInputs,
  mapValues,
  type PartialDataOf,
  requireZeroDefaults,
  type SpecTree,
  type TensorsOf,
  type ValuesOf,
} from "./inputs.ts";

/**
 * Tensors that stay on the GPU between runs and are shared by programs: caches of keys and values, say. Zeros at first;
 * programs that are compiled with it read them and give them new values.
 */
export class State<S extends SpecTree = SpecTree> {
  /** What stands for the tensors while a graph is traced. */
  readonly values: ValuesOf<S>;
  /** @internal The values in order, named by their paths. */
  readonly leaves: readonly InputValue[];
  // a buffer for each: WebGPU tracks whole buffers, and one tensor is read while another is written
  readonly #arenas = new Map<Value, Arena>();
  readonly #failures: Failures;

  constructor(
    readonly device: Device,
    specs: S,
  ) {
    checkDevice("state", device);
    const { values, inputs } = makeInputs(specs);
    this.#failures = new Failures(device.gpu, "state", "make a new one, and please report this");
    requireZeroDefaults("state", inputs);
    this.values = values;
    this.leaves = inputs;
    try {
      for (const leaf of inputs) {
        this.#arenas.set(leaf, new Arena(device, `state ${leaf.name}`, align(sizeOf(leaf.shape))));
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Bytes on the GPU. */
  get bytes(): number {
    return this.leaves.reduce((sum, leaf) => sum + this.arenaOf(leaf).elements * BYTES_PER_ELEMENT, 0);
  }

  /** The tensors themselves: each read gives what is there by then, and they can be inputs of programs. */
  get tensors(): TensorsOf<ValuesOf<S>> {
    const leaves = new Map(this.leaves.map((leaf) => [leaf.name || "output", leaf]));
    return mapValues(this.values, (path) => {
      const leaf = leaves.get(path) as InputValue;
      const arena = this.arenaOf(leaf);
      return Tensor.at(this.device, arena.buffer, 0, leaf, () => !arena.disposed, this.#failures);
    }) as TensorsOf<ValuesOf<S>>;
  }

  /** @internal The memory of a leaf. */
  arenaOf(leaf: InputValue): Arena {
    return this.#arenas.get(leaf) as Arena;
  }

  /** @internal Where a leaf of the state lives. */
  placeOf(leaf: Value): Placement | undefined {
    const external = this.#arenas.get(leaf);
    return external && { external, offset: 0 };
  }

  /** Overwrites those tensors that are given, from the host or with other tensors. Checks before anything is written. */
  write(data: PartialDataOf<S>): void {
    this.checkUsable();
    const names = new Map(this.leaves.map((leaf) => [leaf.name, leaf]));
    const given = givenData({ op: "state", what: "tensor" }, names, data);
    const writes = [...given].map(([name, source]) => {
      const leaf = names.get(name) as InputValue;
      const { buffer } = this.arenaOf(leaf);
      if (source instanceof Tensor) {
        source.checkCurrent();
        const elsewhere = source.device === this.device ? "" : " of another device";
        if (elsewhere || source.dtype !== leaf.dtype || sizeOf(source.shape) !== sizeOf(leaf.shape)) {
          throw new DataError(
            `state ${name}: got a ${source.dtype} tensor of shape [${source.shape}]${elsewhere}, expected ${leaf.dtype} [${leaf.shape}]; read it, and write what was read`,
          );
        }
        // what it is already; a copy from a buffer to itself is refused
        if (source.buffer === buffer) return () => {};
        return () => {
          const encoder = this.device.gpu.createCommandEncoder({ label: "write state" });
          encoder.copyBufferToBuffer(source.buffer, source.byteOffset, buffer, 0, source.byteLength);
          this.device.gpu.queue.submit([encoder.finish()]);
        };
      }
      const typed = toTyped(name, source, leaf);
      return () => this.device.gpu.queue.writeBuffer(buffer, 0, typed as Float32Array<ArrayBuffer>);
    });
    this.#failures.run(() => {
      for (const write of writes) write();
    });
  }

  /** Zeros everywhere, as at first. */
  reset(): void {
    this.checkUsable();
    this.#failures.run(() => {
      const encoder = this.device.gpu.createCommandEncoder({ label: "reset state" });
      for (const { buffer } of this.#arenas.values()) encoder.clearBuffer(buffer);
      this.device.gpu.queue.submit([encoder.finish()]);
    });
  }

  /** Frees the memory; programs that use it run no more. */
  dispose(): void {
    for (const arena of this.#arenas.values()) arena.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Throws where it cannot be used any more, or not by a program of `device`. */
  checkUsable(device: Device = this.device): void {
    if (device !== this.device) {
      throw new DataError("state: belongs to another device, expected one of the program's; make one with that device");
    }
    device.check();
    if ([...this.#arenas.values()].some(({ disposed }) => disposed)) {
      throw new DataError("state: was disposed of, expected it alive; make a new one");
    }
    this.#failures.check();
    for (const { failures } of this.#arenas.values()) failures.check();
  }
}
