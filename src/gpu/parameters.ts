import { DataError } from "../errors.ts";
import { floatsToHalves, halvesToFloats } from "../float16.ts";
import type { Parameter } from "../graph/parameter.ts";
import { BYTES_PER_ELEMENT, bytesPerElement, type DType, perWord, sizeOf } from "../graph/shape.ts";
import type { Placement } from "../plan/program.ts";
import { align } from "../plan/virtual-memory.ts";
import { Arena } from "./arena.ts";
import type { GpuHandle } from "./handle.ts";
import { draw, drawToHost, hostRandom } from "./initial-values.ts";
import { checkHalves, checkSize } from "./parameter-data.ts";
import type { StagingPool } from "./staging.ts";

export interface PlacedParameter extends Placement {
  readonly external: Arena;
  /** As what it is stored here; the parameter may have become float16 on another device since. */
  readonly dtype: DType;
  readonly label: string;
  /** Whether its memory was given up; the buffer lives on while other parameters lie in it. */
  disposed: boolean;
  /** Programs that are being compiled with it. */
  claims: number;
  /** Whether it has its first value. */
  ready: boolean;
  /** Whether it stays when these fail, because a program has it, or somebody gave it a value. */
  kept: boolean;
}

/** What a program that is being compiled has of parameters; one of the two ends it. */
export interface Claim {
  /** The program is there: they stay until they are freed. */
  keep(): void;
  /** There will be no program: frees those that nobody else needs. */
  release(): void;
}

/** Where each parameter lives on the device. Parameters that are placed together lie in one buffer, in order. */
export class ParameterStore {
  readonly #places = new Map<Parameter, PlacedParameter>();
  readonly #data = new WeakMap<Parameter, Float32Array>();
  #placing: Promise<unknown> = Promise.resolve();

  constructor(
    readonly device: GpuHandle,
    private readonly staging: StagingPool,
  ) {}

  /** Throws DataError where it became float16 since it was placed here. @param used is told of the place */
  placeOf(parameter: Parameter, used?: Set<PlacedParameter>): PlacedParameter | undefined {
    const place = this.#places.get(parameter);
    if (place && place.dtype !== parameter.dtype) {
      throw new DataError(
        `parameter ${parameter.name}: is ${parameter.dtype} by now, expected ${place.dtype} as it was compiled here; compile again`,
      );
    }
    if (place) used?.add(place);
    return place;
  }

  /**
   * Gives memory to those parameters that have none yet, and their initial values drawn from `seed` and their number in
   * the list, so that the same model starts alike whatever else is on the device. Resolves when all have their values.
   */
  place(parameters: readonly Parameter[], seed: number): Promise<Claim> {
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
      if (!place) continue;
      place.disposed = true;
      touched.add(place.external);
      this.#places.delete(parameter);
    }
    for (const { external } of this.#places.values()) touched.delete(external);
    for (const arena of touched) arena.dispose();
  }

  /**
   * What became float16 on another device is stored so here, too, with the values that it has here. All of those that are asked
   * for move, since those that share a buffer with a matrix would keep it as large as it was.
   */
  async #restore(parameters: readonly Parameter[]): Promise<void> {
    const placed = parameters.filter((parameter) => this.#places.has(parameter));
    const isOther = (parameter: Parameter) => this.#places.get(parameter)?.dtype !== parameter.dtype;
    if (!placed.some(isOther)) return;
    const values = await this.read(placed);
    placed.forEach((parameter, i) => {
      if (isOther(parameter)) checkHalves(parameter, values[i] as Float32Array);
    });
    this.free(placed);
    placed.forEach((parameter, i) => {
      this.write(parameter, values[i] as Float32Array);
    });
  }

  async #place(parameters: readonly Parameter[], seed: number): Promise<Claim> {
    await this.#restore(parameters);
    // those that are trained side by side: an optimizer takes them in one dispatch
    const fresh = parameters
      .filter((parameter) => !this.#places.has(parameter))
      .sort((a, b) => Number(b.trainable) - Number(a.trainable));
    const claimed = parameters.flatMap((parameter) => {
      const place = this.#places.get(parameter);
      if (place) place.claims++;
      return place ? [[parameter, place] as const] : [];
    });
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
        for (const [parameter, offset] of offsets) {
          const label = `parameter ${parameter.name}`;
          const { dtype } = parameter;
          const place = {
            external: arena,
            offset,
            label,
            dtype,
            disposed: false,
            claims: 1,
            ready: false,
            kept: false,
          };
          this.#places.set(parameter, place);
          claimed.push([parameter, place]);
        }
        await arena.settled;
        arena.failures.check();
      }
      // all of them end before memory is given up: what is freed must not be written to
      const ends = await Promise.allSettled(
        fresh.map((parameter) => this.#initialize(parameter, seed, parameters.indexOf(parameter))),
      );
      const failed = ends.find((end) => end.status === "rejected");
      if (failed) throw failed.reason;
      for (const [, place] of claimed) place.ready = true;
    } catch (error) {
      this.#release(claimed);
      throw error;
    }
    return {
      keep() {
        for (const [, place] of claimed) {
          place.claims--;
          place.kept = true;
        }
      },
      release: () => this.#release(claimed),
    };
  }

  #release(claimed: readonly (readonly [Parameter, PlacedParameter])[]): void {
    for (const [, place] of claimed) place.claims--;
    const idle = claimed.filter(([parameter, place]) => {
      return place.claims === 0 && !place.kept && this.#places.get(parameter) === place;
    });
    this.free(idle.map(([parameter]) => parameter));
  }

  /** Overwrites a placed parameter, or says what it will start from. */
  write(parameter: Parameter, data: Float32Array): void {
    checkSize(parameter, data);
    const place = this.#places.get(parameter);
    if (place) place.kept = true;
    // while it is being initialized, too: what is given then is not to be overwritten
    if (!place?.ready) this.#data.set(parameter, data.slice());
    if (place) this.#upload(parameter, data);
  }

  #upload(parameter: Parameter, data: Float32Array): void {
    checkSize(parameter, data);
    const place = this.#places.get(parameter);
    if (!place) return;
    const stored = place.dtype === "float16" ? floatsToHalves(data) : data;
    this.device.gpu.queue.writeBuffer(
      place.external.buffer,
      place.offset * BYTES_PER_ELEMENT,
      stored as Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
    );
  }

  /** Reads parameters back: one copy per parameter, one wait. Of one that is loaded and in no program yet, what was loaded. */
  async read(parameters: readonly Parameter[]): Promise<Float32Array[]> {
    const { device } = this;
    device.check();
    const encoder = device.gpu.createCommandEncoder({ label: "read parameters" });
    const reads = parameters.map((parameter) => {
      const place = this.#places.get(parameter);
      const given = this.#data.get(parameter);
      if (!place && given) return parameter.dtype === "float16" ? halvesToFloats(floatsToHalves(given)) : given.slice();
      if (!place) {
        throw new DataError(
          `parameter ${parameter.name}: has no value yet, expected a compiled or loaded model; compile it, or load its weights`,
        );
      }
      // copies are of whole words
      const bytes = Math.ceil((sizeOf(parameter.shape) * bytesPerElement(place.dtype)) / 4) * 4;
      const staging = this.staging.take(bytes);
      encoder.copyBufferToBuffer(place.external.buffer, place.offset * BYTES_PER_ELEMENT, staging, 0, bytes);
      return { staging, bytes, dtype: place.dtype };
    });
    device.gpu.queue.submit([encoder.finish()]);
    return Promise.all(
      reads.map(async (read, i) => {
        if (read instanceof Float32Array) return read;
        const copy = await this.staging.read(read.staging, read.bytes);
        const size = sizeOf((parameters[i] as Parameter).shape);
        return read.dtype === "float16" ? halvesToFloats(new Uint16Array(copy, 0, size)) : new Float32Array(copy);
      }),
    );
  }

  async #initialize(parameter: Parameter, seed: number, stream: number): Promise<void> {
    const given = this.#data.get(parameter);
    const { initializer, shape } = parameter;
    const { zeroRow = 0 } = initializer;
    const row = new Float32Array(initializer.zeroRow === undefined ? 0 : sizeOf(shape.slice(1)));
    const start = (data: Float32Array) => {
      data.set(row, zeroRow * row.length);
      this.#upload(parameter, data);
    };
    if (given) this.#upload(parameter, given);
    else if (initializer.kind === "host") start(initializer.make(shape, hostRandom(seed, stream)));
    else if (initializer.kind === "constant") {
      if (initializer.value !== 0) start(new Float32Array(sizeOf(shape)).fill(initializer.value));
    } else if (parameter.dtype === "float16") {
      start(await drawToHost(this.device, this.staging, parameter, initializer, [seed, stream]));
    } else {
      const { external, offset } = this.#places.get(parameter) as PlacedParameter;
      await draw(this.device, parameter, initializer, [seed, stream], { buffer: external.buffer, offset });
      const from = (offset + zeroRow * row.length) * BYTES_PER_ELEMENT;
      if (row.length > 0) this.device.gpu.queue.writeBuffer(external.buffer, from, row);
    }
    const later = this.#data.get(parameter);
    if (later && later !== given) this.#upload(parameter, later);
  }
}
