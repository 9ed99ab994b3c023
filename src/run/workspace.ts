import type { Device } from "../gpu/device.ts";
import type { PlannedBuffer, Program } from "../plan/program.ts";
import { Intermediates, type Room } from "./intermediates.ts";

/** What a program binds, and whether the buffer is longer than the program knows. */
export interface Lent {
  readonly buffer: GPUBuffer;
  readonly isLonger: boolean;
}

/** Room for a program that is being made. The workspace stays as it was until `keep`. */
export interface Reservation {
  /** By number of the program's buffers; undefined for what is no input, output or intermediate. */
  readonly lent: readonly (Lent | undefined)[];
  keep(): void;
  free(): void;
}

/**
 * Memory for programs of one function. Inputs are shared by name, so what a program carries over to the next run is there for any
 * other one; outputs and intermediates may be shared with programs of other functions.
 */
export class Workspace {
  readonly #inputs = new Map<string, Room>();

  constructor(
    readonly device: Device,
    readonly intermediates: Intermediates = new Intermediates(device),
    /** Nobody else has them. */
    private readonly isAlone = true,
  ) {}

  /** Bytes of all buffers. */
  get bytes(): number {
    return [...this.#inputs.values()].reduce((sum, { bytes }) => sum + bytes, this.intermediates.bytes);
  }

  /** Makes what is missing for a program; throws what the device throws, and leaves nothing behind. */
  reserve(program: Program): Reservation {
    const made: GPUBuffer[] = [];
    const free = () => {
      for (const buffer of made) this.device.destroyBuffer(buffer);
    };
    const make = (label: string, bytes: number): Room => {
      const room = this.#room(label, bytes);
      made.push(room.buffer);
      return room;
    };
    try {
      const inputs = new Map<string, Room>();
      for (const { label, bytes } of program.buffers.filter(isInput)) {
        const known = this.#inputs.get(label);
        inputs.set(label, known && known.bytes >= bytes ? known : make(label, bytes));
      }
      const works = this.intermediates.rooms(program, make);
      const lent = lend(program, inputs, this.intermediates.of(program, works));
      return { lent, free, keep: () => this.#keep(program, inputs, works) };
    } catch (error) {
      free();
      throw error;
    }
  }

  /** What a program binds now that buffers were replaced. */
  lent(program: Program): (Lent | undefined)[] {
    return lend(program, this.#inputs, this.intermediates.of(program));
  }

  /** The buffer of an input; undefined where no program was made yet. */
  input(label: string): GPUBuffer | undefined {
    return this.#inputs.get(label)?.buffer;
  }

  /** Room for an input ahead of the programs that have it. */
  room(label: string, bytes: number): void {
    if ((this.#inputs.get(label)?.bytes ?? 0) >= bytes) return;
    this.#inputs.set(label, this.#room(label, bytes));
  }

  dispose(): void {
    for (const { buffer } of this.#inputs.values()) this.device.destroyBuffer(buffer);
    this.#inputs.clear();
    if (this.isAlone) this.intermediates.dispose();
  }

  #room(label: string, bytes: number): Room {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return { buffer: this.device.createBuffer(label, bytes, usage), bytes };
  }

  #keep(program: Program, inputs: ReadonlyMap<string, Room>, works: readonly Room[]): void {
    const { gpu } = this.device;
    const replaced: GPUBuffer[] = [];
    const encoder = gpu.createCommandEncoder({ label: "larger inputs" });
    for (const [label, room] of inputs) {
      const old = this.#inputs.get(label);
      this.#inputs.set(label, room);
      if (!old || old === room) continue;
      encoder.copyBufferToBuffer(old.buffer, 0, room.buffer, 0, old.buffer.size);
      replaced.push(old.buffer);
    }
    if (replaced.length > 0) gpu.queue.submit([encoder.finish()]);
    this.intermediates.retire([...replaced, ...this.intermediates.keep(program, works)]);
  }
}

/** What comes with data of its own is the program's own. */
const isInput = ({ kind, data }: PlannedBuffer): boolean => kind === "input" && !data;

function lend(
  program: Program,
  inputs: ReadonlyMap<string, Room>,
  works: ReadonlyMap<number, Room>,
): (Lent | undefined)[] {
  return program.buffers.map((planned, i) => {
    const room = isInput(planned) ? inputs.get(planned.label) : works.get(i);
    return room && { buffer: room.buffer, isLonger: room.bytes > planned.bytes };
  });
}
