import type { Device } from "../gpu/device.ts";
import type { PlannedBuffer, Program } from "../plan/program.ts";

/** A buffer, and the bytes that were asked for: the device may make it larger. */
interface Room {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

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
 * Memory for the inputs, outputs and intermediates of programs of which one runs at a time. Inputs are shared by name, so what a
 * program carries over to the next run is there for any other one. All else is shared by size: the largest buffer of one program
 * is the largest of each, the next largest the next, so that the largest program decides. A program that needs more than there is
 * gets larger buffers; the others bind those when they run again.
 */
export class Workspace {
  /** Counts runs: outputs of earlier ones are overwritten. */
  generation = 0;
  /** Changes when buffers were replaced. */
  version = 0;
  readonly #inputs = new Map<string, Room>();
  /** Largest first. */
  #works: Room[] = [];
  readonly #programs = new Set<Program>();
  /** The last run's program and what it bound. */
  #last: { readonly program: Program; readonly buffers: readonly GPUBuffer[] } | null = null;
  /** Replaced, and held until the next run. */
  readonly #retired: GPUBuffer[] = [];

  constructor(readonly device: Device) {}

  /** Bytes of all buffers. */
  get bytes(): number {
    return [...this.#inputs.values(), ...this.#works].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Makes what is missing for a program; throws what the device throws, and leaves nothing behind. */
  reserve(program: Program): Reservation {
    const made: GPUBuffer[] = [];
    const free = () => {
      for (const buffer of made) this.device.destroyBuffer(buffer);
    };
    const make = (label: string, bytes: number): Room => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      const buffer = this.device.createBuffer(label, bytes, usage);
      made.push(buffer);
      return { buffer, bytes };
    };
    try {
      const inputs = new Map<string, Room>();
      for (const { label, bytes } of program.buffers.filter(isInput)) {
        const known = this.#inputs.get(label);
        inputs.set(label, known && known.bytes >= bytes ? known : make(label, bytes));
      }
      const order = workOf(program);
      const needs = [...this.#programs, program].map((each) =>
        workOf(each).map((i) => (each.buffers[i] as PlannedBuffer).bytes),
      );
      const slots = Math.max(...needs.map(({ length }) => length));
      const works = Array.from({ length: slots }, (_, slot) => {
        const bytes = Math.max(...needs.map((need) => need[slot] ?? 0));
        const known = this.#works[slot];
        // larger than any needs where a program is gone
        return known?.bytes === bytes ? known : make(this.#label(program, order[slot], slot), bytes);
      });
      const lent = lend(program, inputs, works, order);
      return { lent, free, keep: () => this.#keep(program, inputs, works) };
    } catch (error) {
      free();
      throw error;
    }
  }

  /** What a program binds now that buffers were replaced. */
  lent(program: Program): (Lent | undefined)[] {
    return lend(program, this.#inputs, this.#works, workOf(program));
  }

  /** The buffer of an input; undefined where no program was made yet. */
  input(label: string): GPUBuffer | undefined {
    return this.#inputs.get(label)?.buffer;
  }

  /** Room for an input ahead of the programs that have it. */
  room(label: string, bytes: number): void {
    if ((this.#inputs.get(label)?.bytes ?? 0) >= bytes) return;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.#inputs.set(label, { buffer: this.device.createBuffer(label, bytes, usage), bytes });
  }

  /** A run of a program was submitted, on these buffers. */
  ran(program: Program, buffers: readonly GPUBuffer[]): void {
    if (this.#last?.buffers !== buffers) this.#last = { program, buffers };
    while (this.#retired.length > 0) this.device.destroyBuffer(this.#retired.pop() as GPUBuffer);
  }

  /** A program is gone; its room serves until another one is made. */
  leave(program: Program): void {
    this.#programs.delete(program);
  }

  dispose(): void {
    this.generation = Number.NaN;
    const rooms = [...this.#inputs.values(), ...this.#works];
    for (const buffer of [...rooms.map(({ buffer }) => buffer), ...this.#retired]) this.device.destroyBuffer(buffer);
    this.#inputs.clear();
    this.#works = [];
    this.#retired.length = 0;
    this.#programs.clear();
  }

  #label(program: Program, index: number | undefined, slot: number): string {
    return (index === undefined ? undefined : program.buffers[index]?.label) ?? `transient ${slot}`;
  }

  #keep(program: Program, inputs: ReadonlyMap<string, Room>, works: Room[]): void {
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
    const kept = new Set(works);
    replaced.push(...this.#works.filter((room) => !kept.has(room)).map(({ buffer }) => buffer));
    this.#works = works;
    this.#programs.add(program);
    if (replaced.length > 0) this.version++;
    const held = new Set<GPUBuffer | undefined>();
    for (const { buffer } of this.#last?.program.outputs.values() ?? []) held.add(this.#last?.buffers[buffer]);
    for (const buffer of replaced) {
      if (held.has(buffer)) this.#retired.push(buffer);
      else this.device.destroyBuffer(buffer);
    }
  }
}

/** What comes with data of its own is the program's own. */
const isInput = ({ kind, data }: PlannedBuffer): boolean => kind === "input" && !data;
const isWork = ({ kind, data }: PlannedBuffer): boolean => (kind === "transient" || kind === "output") && !data;

/** Numbers of the buffers that are shared by size, largest first. */
function workOf({ buffers }: Program): number[] {
  const bytes = (i: number) => (buffers[i] as PlannedBuffer).bytes;
  return buffers.flatMap((buffer, i) => (isWork(buffer) ? [i] : [])).sort((a, b) => bytes(b) - bytes(a) || a - b);
}

function lend(
  program: Program,
  inputs: ReadonlyMap<string, Room>,
  works: readonly Room[],
  order: readonly number[],
): (Lent | undefined)[] {
  const slots = new Map(order.map((index, slot) => [index, works[slot] as Room]));
  return program.buffers.map((planned, i) => {
    const room = isInput(planned) ? inputs.get(planned.label) : slots.get(i);
    return room && { buffer: room.buffer, isLonger: room.bytes > planned.bytes };
  });
}
