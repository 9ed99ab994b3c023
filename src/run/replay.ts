import { DataError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import { Failures } from "../gpu/failures.ts";
import type { TypedData } from "../gpu/host-data.ts";
import type { PlacedParameter } from "../gpu/parameters.ts";
import type { Pipeline } from "../gpu/pipeline.ts";
import { Tensor, type TensorData } from "../gpu/tensor.ts";
import { BYTES_PER_ELEMENT } from "../graph/shape.ts";
import { listNames } from "../options.ts";
import type { InputPort, PlannedBuffer, Port, Program } from "../plan/program.ts";
import { type InputPlace, inputWrite } from "./input-write.ts";
import { type Bindings, bindObjects, makeBound, type ProgramObjects } from "./program-objects.ts";
import { Workspace } from "./workspace.ts";

/**
 * A program with its GPU objects: buffers, pipelines and bind groups are made once, each run only replays. Programs of one
 * workspace share its memory; where that has grown, the next run binds anew.
 */
export class Replay {
  readonly #offsets: Uint32Array;
  /** Parameters, gradients and optimizer state: what others may free. */
  readonly #arenas: readonly Arena[];
  /** What WebGPU refused of this program. */
  readonly failures: Failures;
  #disposed = false;
  /** The device's answers when a run last had an error scope. */
  #scopedAt = -1;
  /** The workspace's when it was bound. */
  #version: number;

  private constructor(
    readonly device: Device,
    readonly program: Program,
    private readonly compiled: readonly Pipeline[],
    private readonly objects: ProgramObjects,
    private bound: Bindings,
    private readonly owned: readonly GPUBuffer[],
    /** Parameters, which others may free while their buffer lives on. */
    private readonly parameters: Iterable<PlacedParameter>,
    private readonly workspace: Workspace,
    /** Nobody else uses the workspace. */
    private readonly isAlone: boolean,
  ) {
    this.#version = workspace.intermediates.version;
    this.#offsets = Uint32Array.from(program.dispatches, ({ paramsOffset }) => paramsOffset);
    this.failures = new Failures(device.gpu, "run", "compile again, and please report this");
    this.#arenas = program.buffers.flatMap(({ external }) => (external instanceof Arena ? [external] : []));
  }

  /** `shared`: the memory to run in; without it the program has its own. */
  static async create(
    device: Device,
    program: Program,
    parameters: Iterable<PlacedParameter> = [],
    shared?: Workspace,
  ): Promise<Replay> {
    device.check();
    const compiled = await device.pipelines.getAll(program.pipelines);
    for (const { external } of program.buffers) {
      if (!(external instanceof Arena)) continue;
      await external.settled;
      external.failures.check();
    }
    const workspace = shared ?? new Workspace(device);
    const { objects, bound, owned } = await workspace.intermediates.inTurn(() =>
      makeBound(device, program, compiled, workspace),
    );
    return new Replay(device, program, compiled, objects, bound, owned, parameters, workspace, shared === undefined);
  }

  /** Counts runs: tensors of earlier runs are overwritten. */
  get generation(): number {
    return this.workspace.intermediates.generation;
  }

  get buffers(): readonly GPUBuffer[] {
    return this.#bindings().buffers;
  }

  /** What it binds, which is bound anew where the workspace has other buffers by now. */
  #bindings(): Bindings {
    const { device, program, compiled, objects, workspace } = this;
    if (this.#version !== workspace.intermediates.version && !this.#disposed) {
      this.#version = workspace.intermediates.version;
      this.bound = bindObjects(device, program, compiled, objects, workspace.lent(program));
    }
    return this.bound;
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
    const { label } = this.program.buffers[buffer] as PlannedBuffer;
    return { buffer: this.workspace.input(label) as GPUBuffer, byteOffset: offset * BYTES_PER_ELEMENT };
  }

  /** How to write an input when a run begins; see `inputWrite`. */
  prepare(
    name: string,
    data: TensorData | undefined,
    uploaded?: (data: TypedData) => void,
  ): (encoder: GPUCommandEncoder) => void {
    return inputWrite(this.device, name, this.input(name), data, () => this.inputPlace(name), uploaded);
  }

  /** Runs all dispatches; `before` and `after` may add copies to the first and the last submit. */
  run(before?: (encoder: GPUCommandEncoder) => void, after?: (encoder: GPUCommandEncoder) => void): void {
    const { device, program } = this;
    this.checkUsable();
    this.workspace.intermediates.generation++;
    const { answers } = device.suspects;
    if (answers !== this.#scopedAt) {
      this.#scopedAt = answers;
      this.failures.run(() => this.#submit(before, after));
    } else device.suspects.run(this.failures, () => this.#submit(before, after));
    device.counters.submits += program.cuts.length + 1;
    device.counters.dispatches += program.dispatches.length;
  }

  #submit(before?: (encoder: GPUCommandEncoder) => void, after?: (encoder: GPUCommandEncoder) => void): void {
    const { device, program, workspace } = this;
    const { buffers } = this.#bindings();
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
    workspace.intermediates.ran(program, buffers);
  }

  /** Encodes dispatches `start` to `end`, the end not included. */
  encode(pass: GPUComputePassEncoder, start: number, end: number): void {
    const { dispatches } = this.program;
    const { groups } = this.#bindings();
    let pipeline = -1;
    for (let i = start; i < end; i++) {
      const dispatch = dispatches[i] as Program["dispatches"][number];
      if (dispatch.pipeline !== pipeline) {
        pipeline = dispatch.pipeline;
        pass.setPipeline((this.compiled[pipeline] as Pipeline).pipeline);
      }
      // this overload takes the offset from a typed array and makes no garbage
      pass.setBindGroup(0, groups[dispatch.bindGroup] as GPUBindGroup, this.#offsets, i, 1);
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
    const { intermediates } = this.workspace;
    const { generation } = intermediates;
    const current = () => intermediates.generation === generation;
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
    if (this.isAlone) this.workspace.dispose();
    else this.workspace.intermediates.leave(this.program);
    for (const buffer of this.owned) this.device.destroyBuffer(buffer);
  }
}
