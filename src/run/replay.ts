import { DataError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import { Failures } from "../gpu/failures.ts";
import { type TypedData, toTyped } from "../gpu/host-data.ts";
import type { PlacedParameter } from "../gpu/parameters.ts";
import { Tensor, type TensorData } from "../gpu/tensor.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import { listNames } from "../options.ts";
import type { InputPort, InputRange, Port, Program } from "../plan/program.ts";
import { allocationError, makeObjects, type ProgramObjects } from "./program-objects.ts";

/** A place in a buffer. */
export interface InputPlace {
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
}

/** A program with its GPU objects: buffers, pipelines and bind groups are made once, each run only replays. */
export class Replay {
  /** Counts runs: tensors of earlier runs are overwritten. */
  generation = 0;
  readonly #offsets: Uint32Array;
  /** Parameters, gradients and optimizer state: what others may free. */
  readonly #arenas: readonly Arena[];
  /** What WebGPU refused of this program. */
  readonly failures: Failures;
  #disposed = false;
  /** The device's answers when a run last had an error scope. */
  #scopedAt = -1;

  private constructor(
    readonly device: Device,
    readonly program: Program,
    readonly buffers: readonly GPUBuffer[],
    readonly pipelines: readonly GPUComputePipeline[],
    readonly bindGroups: readonly GPUBindGroup[],
    private readonly owned: readonly GPUBuffer[],
    /** Parameters, which others may free while their buffer lives on. */
    private readonly parameters: Iterable<PlacedParameter>,
  ) {
    this.#offsets = Uint32Array.from(program.dispatches, ({ paramsOffset }) => paramsOffset);
    this.failures = new Failures(device.gpu, "run", "compile again, and please report this");
    this.#arenas = program.buffers.flatMap(({ external }) => (external instanceof Arena ? [external] : []));
  }

  static async create(device: Device, program: Program, parameters: Iterable<PlacedParameter> = []): Promise<Replay> {
    device.check();
    const compiled = await device.pipelines.getAll(program.pipelines);
    for (const { external } of program.buffers) {
      if (!(external instanceof Arena)) continue;
      await external.settled;
      external.failures.check();
    }
    const owned: GPUBuffer[] = [];
    const free = () => {
      for (const buffer of owned) device.destroyBuffer(buffer);
    };
    const popped = () => Promise.all([device.gpu.popErrorScope(), device.gpu.popErrorScope()]);
    device.gpu.pushErrorScope("out-of-memory");
    device.gpu.pushErrorScope("validation");
    let made: ProgramObjects;
    try {
      made = makeObjects(device, program, compiled, owned);
    } catch (error) {
      free();
      // a scope that stayed open would keep the device's later errors to itself
      popped().catch(() => {});
      throw error;
    }
    const errors = await device.wait(popped()).catch((error) => {
      free();
      throw error;
    });
    const error = errors.find(Boolean);
    if (error) {
      free();
      throw allocationError(program, error);
    }
    const { buffers, bindGroups } = made;
    const pipelines = compiled.map(({ pipeline }) => pipeline);
    return new Replay(device, program, buffers, pipelines, bindGroups, owned, parameters);
  }

  input(name: string): InputPort {
    const port = this.program.inputs.get(name);
    if (!port) {
      const names = listNames(this.program.inputs.keys());
      throw new DataError(`run: there is no input ${name}, expected ${names}`);
    }
    return port;
  }

  /** Where an input's data lie. */
  inputPlace(name: string): InputPlace {
    const { buffer, offset } = this.input(name);
    return { buffer: this.buffers[buffer] as GPUBuffer, byteOffset: offset * BYTES_PER_ELEMENT };
  }

  /**
   * Uploads an input, or its default where there is no data. Checks before anything is written. `uploaded` is told what comes
   * from the host.
   */
  prepare(
    name: string,
    data: TensorData | undefined,
    uploaded?: (data: TypedData) => void,
  ): (encoder: GPUCommandEncoder) => void {
    const port = this.input(name);
    const { buffer: target, byteOffset: start } = this.inputPlace(name);
    const bytes = sizeOf(port.shape) * BYTES_PER_ELEMENT;
    // zeros need no upload, unless somebody wants to see it, or they may be no valid index
    const isCleared = !port.default && !uploaded && (port.default === undefined || !port.ranges);
    if (data === undefined && isCleared) return (encoder) => encoder.clearBuffer(target, start, bytes);
    if (data instanceof Tensor) {
      data.checkCurrent();
      if (data.device !== this.device || data.dtype !== port.dtype || data.byteLength !== bytes) {
        throw new DataError(
          `input ${name}: got a ${data.dtype} tensor of shape [${data.shape}]${data.device === this.device ? "" : " of another device"}, expected ${port.dtype} [${port.shape}]`,
        );
      }
      // an output that is the input itself; a copy from a buffer to itself is refused
      if (data.buffer === target) return () => {};
      return (encoder) => encoder.copyBufferToBuffer(data.buffer, data.byteOffset, target, start, bytes);
    }
    const typedData = data === undefined ? filled(port) : toTyped(name, data, port);
    for (const range of port.ranges ?? []) checkRange(name, typedData, range);
    return () => {
      uploaded?.(typedData);
      this.device.gpu.queue.writeBuffer(target, start, typedData as Float32Array<ArrayBuffer>);
    };
  }

  /** Runs all dispatches; `before` and `after` may add copies to the first and the last submit. */
  run(before?: (encoder: GPUCommandEncoder) => void, after?: (encoder: GPUCommandEncoder) => void): void {
    const { device, program } = this;
    this.checkUsable();
    this.generation++;
    const { answers } = device.suspects;
    if (answers !== this.#scopedAt) {
      this.#scopedAt = answers;
      this.failures.run(() => this.#submit(before, after));
    } else device.suspects.run(this.failures, () => this.#submit(before, after));
    device.counters.submits += program.cuts.length + 1;
    device.counters.dispatches += program.dispatches.length;
  }

  #submit(before?: (encoder: GPUCommandEncoder) => void, after?: (encoder: GPUCommandEncoder) => void): void {
    const { device, program } = this;
    let encoder = device.gpu.createCommandEncoder({ label: "seqgrad" });
    before?.(encoder);
    const { dispatches, cuts } = program;
    for (let part = 0; part <= cuts.length; part++) {
      const end = cuts[part] ?? dispatches.length;
      const pass = encoder.beginComputePass();
      this.encode(pass, cuts[part - 1] ?? 0, end);
      pass.end();
      if (end === dispatches.length) after?.(encoder);
      device.gpu.queue.submit([encoder.finish()]);
      if (end < dispatches.length) encoder = device.gpu.createCommandEncoder({ label: "seqgrad" });
    }
  }

  /** Encodes dispatches `start` to `end`, the end not included. */
  encode(pass: GPUComputePassEncoder, start: number, end: number): void {
    const { dispatches } = this.program;
    let pipeline = -1;
    for (let i = start; i < end; i++) {
      const dispatch = dispatches[i] as Program["dispatches"][number];
      if (dispatch.pipeline !== pipeline) {
        pipeline = dispatch.pipeline;
        pass.setPipeline(this.pipelines[pipeline] as GPUComputePipeline);
      }
      // this overload takes the offset from a typed array and makes no garbage
      pass.setBindGroup(0, this.bindGroups[dispatch.bindGroup] as GPUBindGroup, this.#offsets, i, 1);
      const { workgroups } = dispatch;
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
  }

  port(name: string): Port {
    const port = this.program.outputs.get(name);
    if (!port) throw new DataError(`run: there is no output ${name}`);
    return port;
  }

  /** An output of the last run. */
  tensor(name: string): Tensor {
    const { buffer, offset, ...spec } = this.port(name);
    const { generation } = this;
    const current = () => this.generation === generation;
    return Tensor.at(this.device, this.buffers[buffer] as GPUBuffer, offset, spec, current, this.failures);
  }

  /** Fills the program's own memory, inputs and constants aside, with NaN: tests show so that every read was written. */
  poison(): void {
    this.program.buffers.forEach(({ kind, bytes }, i) => {
      if (kind !== "transient" && kind !== "output") return;
      const nan = new Uint32Array(Math.ceil(bytes / 4)).fill(0x7fc00000);
      this.device.gpu.queue.writeBuffer(this.buffers[i] as GPUBuffer, 0, nan);
    });
  }

  /** Throws what went wrong on the GPU before, and where this program or what it shares was freed. */
  checkUsable(): void {
    this.device.check();
    this.failures.check();
    const freed = this.#disposed ? "the program" : this.#freed();
    if (freed) throw new DataError(`run: ${freed} was disposed of, expected it alive; compile again`);
  }

  #freed(): string | undefined {
    const isFreed = ({ disposed }: { readonly disposed: boolean }) => disposed;
    return (this.#arenas.find(isFreed) ?? [...this.parameters].find(isFreed))?.label;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.generation = -1;
    for (const buffer of this.owned) this.device.destroyBuffer(buffer);
  }
}

/** An input's default for all of its elements. */
function filled({ shape, dtype, default: value = 0 }: InputPort): TypedData {
  const size = sizeOf(shape);
  return dtype === "int32" ? new Int32Array(size).fill(value) : new Float32Array(size).fill(value);
}

function checkRange(name: string, data: TypedData, { what, minimum, maximum, remedy, where }: InputRange): void {
  for (let i = 0; i < data.length; i++) {
    if (where && !where[i]) continue;
    const value = data[i] as number;
    if (value > maximum || (minimum !== undefined && value < minimum)) {
      const range = minimum === undefined ? `at most ${maximum} (negative: none)` : `${minimum} to ${maximum}`;
      throw new DataError(`input ${name}: ${what} is ${value} at position ${i}, expected ${range}; ${remedy}`);
    }
  }
}
