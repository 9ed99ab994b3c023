import type { Device } from "../gpu/device.ts";
import type { PlannedBuffer, Program } from "../plan/program.ts";

/** A buffer, and the bytes that were asked for: the device may make it larger. */
export interface Room {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/**
 * Memory for the outputs and intermediates of programs of which one runs at a time. It is shared by size: the largest buffer of one
 * program is the largest of each, the next largest the next, so that the largest program decides. A program that needs more than
 * there is gets larger buffers; the others bind those when they run again.
 */
export class Intermediates {
  /** Counts runs: outputs of earlier ones are overwritten. */
  generation = 0;
  /** Changes when buffers were replaced. */
  version = 0;
  /** Largest first. */
  #rooms: readonly Room[] = [];
  readonly #programs = new Set<Program>();
  /** The last run's program and what it bound. */
  #last: { readonly program: Program; readonly buffers: readonly GPUBuffer[] } | null = null;
  /** Replaced, and held until the next run. */
  readonly #retired: GPUBuffer[] = [];
  /** Settles when nobody makes room. */
  #making: Promise<unknown> = Promise.resolve();

  constructor(readonly device: Device) {}

  /** Bytes of all buffers. */
  get bytes(): number {
    return this.#rooms.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get isDisposed(): boolean {
    return Number.isNaN(this.generation);
  }

  /** One after the other, since each makes room on top of what there is: between `rooms` and `keep` nobody else may. */
  inTurn<T>(make: () => Promise<T>): Promise<T> {
    const made = this.#making.then(make);
    this.#making = made.catch(() => {});
    return made;
  }

  /** Rooms, largest first, that are enough for the programs that there are and for this one; what is missing is made. */
  rooms(program: Program, make: (label: string, bytes: number) => Room): readonly Room[] {
    const needs = [...this.#programs, program].map((each) =>
      workOf(each).map((i) => (each.buffers[i] as PlannedBuffer).bytes),
    );
    const order = workOf(program);
    const slots = Math.max(...needs.map(({ length }) => length));
    return Array.from({ length: slots }, (_, slot) => {
      const bytes = Math.max(...needs.map((need) => need[slot] ?? 0));
      const known = this.#rooms[slot];
      // larger than any needs where a program is gone
      return known?.bytes === bytes
        ? known
        : make(program.buffers[order[slot] as number]?.label ?? `transient ${slot}`, bytes);
    });
  }

  /** Takes rooms that were made for a program, for all programs; gives the buffers that they replace. */
  keep(program: Program, rooms: readonly Room[]): GPUBuffer[] {
    const kept = new Set(rooms);
    const replaced = this.#rooms.filter((room) => !kept.has(room)).map(({ buffer }) => buffer);
    this.#rooms = rooms;
    this.#programs.add(program);
    return replaced;
  }

  /** Frees buffers that were replaced, now or, where the last run's outputs lie in them, behind the next one. */
  retire(replaced: readonly GPUBuffer[]): void {
    if (replaced.length > 0) this.version++;
    const held = new Set<GPUBuffer | undefined>();
    for (const { buffer } of this.#last?.program.outputs.values() ?? []) held.add(this.#last?.buffers[buffer]);
    for (const buffer of replaced) {
      if (held.has(buffer)) this.#retired.push(buffer);
      else this.device.destroyBuffer(buffer);
    }
  }

  /** The rooms of a program, by number of its buffers. */
  of(program: Program, rooms: readonly Room[] = this.#rooms): ReadonlyMap<number, Room> {
    return new Map(workOf(program).map((index, slot) => [index, rooms[slot] as Room]));
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
    for (const buffer of [...this.#rooms.map(({ buffer }) => buffer), ...this.#retired]) {
      this.device.destroyBuffer(buffer);
    }
    this.#rooms = [];
    this.#retired.length = 0;
    this.#programs.clear();
  }
}

/** For who finds, when a program of `where` is made, that there is no memory any more. */
export const disposedPrograms = (where: string): string =>
  `run: the programs of ${where} were disposed of, expected them alive; make them again`;

/** What comes with data of its own is the program's own. */
const isWork = ({ kind, data }: PlannedBuffer): boolean => (kind === "transient" || kind === "output") && !data;

/** Numbers of the buffers that are shared by size, largest first. */
function workOf({ buffers }: Program): number[] {
  const bytes = (i: number) => (buffers[i] as PlannedBuffer).bytes;
  return buffers.flatMap((buffer, i) => (isWork(buffer) ? [i] : [])).sort((a, b) => bytes(b) - bytes(a) || a - b);
}
