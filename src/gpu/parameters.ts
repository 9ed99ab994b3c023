import { DataError, ShapeError } from "../errors.ts";
import { floatsToHalves, halvesToFloats } from "../float16.ts";
import type { Initializer, Parameter } from "../graph/parameter.ts";
import { BYTES_PER_ELEMENT, bytesPerElement, formatShape, perWord, sizeOf } from "../graph/shape.ts";
import type { Placement } from "../plan/build.ts";
import { align } from "../plan/lowering.ts";
import type { External } from "../plan/program.ts";
import type { Device } from "./device.ts";
import { Failures } from "./failures.ts";
import { fillRandom } from "./random.ts";

/** A buffer shared by many tensors, so that one dispatch can update them all. */
export class Arena implements External {
  readonly buffer: GPUBuffer;
  /** That there was no room for it, say. */
  readonly failures: Failures;
  /** Resolves when it is known whether there was room. */
  readonly settled: Promise<void>;
  #disposed = false;

  constructor(
    readonly device: Device,
    readonly label: string,
    readonly elements: number,
  ) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.failures = new Failures(device.gpu, label, "please report this");
    const create = () => device.createBuffer(label, elements * BYTES_PER_ELEMENT, usage);
    const { result, settled } = this.failures.allocate(create);
    this.buffer = result;
    this.settled = settled;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.device.destroyBuffer(this.buffer);
  }
}

export interface PlacedParameter extends Placement {
  readonly external: Arena;
}

/** Where each parameter lives on the device. Parameters that are placed together lie in one buffer, in order. */
export class ParameterStore {
  readonly #places = new Map<Parameter, PlacedParameter>();
  readonly #data = new WeakMap<Parameter, Float32Array>();
  #placing: Promise<unknown> = Promise.resolve();

  constructor(readonly device: Device) {}

  placeOf(parameter: Parameter): PlacedParameter | undefined {
    return this.#places.get(parameter);
  }

  /**
   * Gives memory to those parameters that have none yet, and their initial values drawn from `seed` and their number in
   * the list, so that the same model starts alike whatever else is on the device. Resolves to the ones it placed.
   */
  place(parameters: readonly Parameter[], seed: number): Promise<Parameter[]> {
    // one call after the other: who comes second for a parameter waits until it has its values
    const placed = this.#placing.then(() => this.#place([...new Set(parameters)], seed));
    this.#placing = placed.catch(() => {});
    return placed;
  }

  /** Forgets parameters and frees the buffers in which no other lies. */
  free(parameters: Iterable<Parameter>): void {
    const touched = new Set<Arena>();
    for (const parameter of parameters) {
      const place = this.#places.get(parameter);
      if (place) touched.add(place.external);
      this.#places.delete(parameter);
    }
    for (const { external } of this.#places.values()) touched.delete(external);
    for (const arena of touched) arena.dispose();
  }

  async #place(parameters: readonly Parameter[], seed: number): Promise<Parameter[]> {
    const fresh = parameters.filter((parameter) => !this.#places.has(parameter));
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.profile.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize) / BYTES_PER_ELEMENT;
    const groups: { offsets: Map<Parameter, number>; elements: number }[] = [];
    for (const parameter of fresh) {
      const size = align(Math.ceil(sizeOf(parameter.shape) / perWord(parameter.dtype)));
      let group = groups.at(-1);
      if (!group || group.elements + size > limit) {
        group = { offsets: new Map(), elements: 0 };
        groups.push(group);
      }
      group.offsets.set(parameter, group.elements);
      group.elements += size;
    }
    try {
      for (const { offsets, elements } of groups) {
        const arena = new Arena(this.device, "parameters", elements);
        for (const [parameter, offset] of offsets) this.#places.set(parameter, { external: arena, offset });
        await arena.settled;
        arena.failures.check();
      }
      await Promise.all(fresh.map((parameter) => this.#initialize(parameter, seed, parameters.indexOf(parameter))));
    } catch (error) {
      this.free(fresh);
      throw error;
    }
    return fresh;
  }

  /** Overwrites a placed parameter, or says what it will start from. */
  write(parameter: Parameter, data: Float32Array): void {
    if (data.length !== sizeOf(parameter.shape)) {
      throw new ShapeError(
        `parameter ${parameter.name}: got ${data.length} numbers, expected ${sizeOf(parameter.shape)} for shape ${formatShape(parameter.shape)}`,
      );
    }
    const place = this.#places.get(parameter);
    if (!place) {
      this.#data.set(parameter, data.slice());
      return;
    }
    const stored = parameter.dtype === "float16" ? floatsToHalves(data) : data;
    this.device.gpu.queue.writeBuffer(
      place.external.buffer,
      place.offset * BYTES_PER_ELEMENT,
      stored as Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
    );
  }

  /** Reads parameters back: one copy per parameter, one wait. */
  async read(parameters: readonly Parameter[]): Promise<Float32Array[]> {
    const { device } = this;
    device.check();
    const encoder = device.gpu.createCommandEncoder({ label: "read parameters" });
    const reads = parameters.map((parameter) => {
      const place = this.#places.get(parameter);
      if (!place) {
        throw new DataError(`parameter ${parameter.name}: has no value yet, expected a compiled or loaded model`);
      }
      // copies are of whole words
      const bytes = Math.ceil((sizeOf(parameter.shape) * bytesPerElement(parameter.dtype)) / 4) * 4;
      const staging = device.staging.take(bytes);
      encoder.copyBufferToBuffer(place.external.buffer, place.offset * BYTES_PER_ELEMENT, staging, 0, bytes);
      return { staging, bytes };
    });
    device.gpu.queue.submit([encoder.finish()]);
    const copies = await Promise.all(reads.map(({ staging, bytes }) => device.staging.read(staging, bytes)));
    return copies.map((copy, i) => {
      const { dtype, shape } = parameters[i] as Parameter;
      return dtype === "float16" ? halvesToFloats(new Uint16Array(copy, 0, sizeOf(shape))) : new Float32Array(copy);
    });
  }

  async #initialize(parameter: Parameter, seed: number, stream: number): Promise<void> {
    const given = this.#data.get(parameter);
    const { initializer } = parameter;
    if (given) this.write(parameter, given);
    else if (initializer.kind === "host")
      this.write(parameter, initializer.make(parameter.shape, hostRandom(seed, stream)));
    else if (initializer.kind === "constant") {
      if (initializer.value !== 0)
        this.write(parameter, new Float32Array(sizeOf(parameter.shape)).fill(initializer.value));
    } else await this.#draw(parameter, initializer, seed, stream);
  }

  async #draw(
    parameter: Parameter,
    initializer: Exclude<Initializer, { kind: "host" | "constant" }>,
    seed: number,
    stream: number,
  ): Promise<void> {
    const place = this.#places.get(parameter) as PlacedParameter;
    const [a, b] =
      initializer.kind === "uniform" ? [initializer.low, initializer.high] : [initializer.mean, initializer.std];
    const target = { buffer: place.external.buffer, offset: place.offset, size: sizeOf(parameter.shape) };
    await fillRandom(this.device, target, { kind: initializer.kind, a, b, seed, stream });
  }
}

/** Numbers in (-1, 1) for initializers that run on the host (Mulberry32 by T. Ettinger, public domain). */
function hostRandom(seed: number, stream: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
