import { Arena } from "../../gpu/arena.ts";
import type { GpuHandle } from "../../gpu/handle.ts";
import type { AdapterProfile, Slot } from "../../graph/lowering.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { KernelHandle } from "../../kernels/later.ts";
import { LANES } from "../../ops/dispatch/vectors.ts";
import { foldWorkgroups, linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import { align } from "../../plan/virtual-memory.ts";
import type { Segment } from "../optim/optimizer.ts";

/** A parameter's place in the buffers that it shares with others: that of the parameters, that of their gradients. */
export interface Place {
  readonly parameter: Parameter;
  /** From the buffers' first number on. */
  readonly start: number;
}

/** Parameters whose numbers lie in one buffer, whatever segment they are in. */
export interface Together {
  /** All of the buffer up to the last of them. */
  readonly parameter: Slot;
  readonly gradient: Slot;
  readonly places: readonly Place[];
}

/** By buffer, so that one dispatch goes over all that are wanted of each; buffers without any are left out. */
export function together(segments: readonly Segment[], isWanted: (parameter: Parameter) => boolean): Together[] {
  const byBuffer = new Map<number, { readonly segment: Segment; end: number; readonly places: Place[] }>();
  for (const segment of segments) {
    const { gradient, parts, size } = segment;
    const places = parts
      .filter(({ parameter }) => isWanted(parameter))
      .map(({ parameter, offset }) => ({ parameter, start: gradient.offset + offset }));
    if (places.length === 0) continue;
    const known = byBuffer.get(gradient.buffer) ?? { segment, end: 0, places: [] };
    byBuffer.set(gradient.buffer, known);
    known.places.push(...places);
    known.end = Math.max(known.end, gradient.offset + size);
  }
  return [...byBuffer.values()].map(({ segment: { parameter, gradient }, end, places }) => {
    const whole = (slot: Slot): Slot => ({ ...slot, offset: 0, shape: [end] });
    return { parameter: whole(parameter), gradient: whole(gradient), places };
  });
}

/** Tables of words on the device, each written once, however many programs read it. */
export class Tables {
  readonly #made = new Map<string, Arena>();

  constructor(
    readonly device: GpuHandle,
    readonly label: string,
  ) {}

  slot(to: LoweringContext, words: Uint32Array<ArrayBuffer>): Slot {
    const key = words.join();
    let table = this.#made.get(key);
    if (!table) {
      table = new Arena(this.device, this.label, words.length);
      this.#made.set(key, table);
      this.device.gpu.queue.writeBuffer(table.buffer, 0, words);
    }
    return to.external(table, 0, [words.length], "uint32");
  }

  dispose(): void {
    for (const table of this.#made.values()) table.dispose();
    this.#made.clear();
  }
}

/** Numbers in a chunk of a parameter that is not too large. */
const CHUNK = { hardware: 4096, software: 512 } as const;

/** A table of chunks (kernels/update/lib/chunks.wgsl); `own` gives the two words of a parameter's chunks. */
export function chunkTable(
  { kind }: AdapterProfile,
  places: readonly Place[],
  own: (parameter: Parameter, chunks: { readonly from: number; readonly to: number }) => readonly [number, number],
): { readonly words: Uint32Array<ArrayBuffer>; readonly chunks: number } {
  const words: number[] = [];
  let from = 0;
  for (const { parameter, start } of places) {
    const size = align(sizeOf(parameter.shape));
    // who adds up a large one's chunks has no more of them than a chunk has numbers
    const chunk = Math.max(CHUNK[kind], align(Math.ceil(Math.sqrt(size))));
    const to = from + Math.ceil(size / chunk);
    const ownWords = own(parameter, { from, to });
    for (let at = start; at < start + size; at += chunk) {
      words.push(at / LANES, Math.min(at + chunk, start + size) / LANES, ...ownWords);
    }
    from = to;
  }
  return { words: Uint32Array.from(words), chunks: from };
}

/** The kernel of a pair that an adapter is to run, and its workgroups, for rows that go to a workgroup or to a thread. */
export function byRows(
  { adapter }: LoweringContext,
  rows: number,
  serial: boolean,
  kernels: { readonly parallel: KernelHandle; readonly serial: KernelHandle },
): { readonly kernel: KernelHandle; readonly workgroups: [number, number] } {
  return serial
    ? { kernel: kernels.serial, workgroups: linearWorkgroups(rows) }
    : { kernel: kernels.parallel, workgroups: foldWorkgroups("Trainer", rows, adapter) };
}

/** The bits of a number in float32. */
export const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] as number;
