import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import type { Assumption, MadeChoice, PlannedBindGroup, PlannedBuffer, Program } from "./program.ts";

/**
 * A program of one choice's dispatches alone, to be timed: it writes no memory but its own. What it reads of the model is the
 * model's; all else is zeros, but for what the choice says, and for inputs that hold lengths or indices: these are the
 * largest valid ones, because a sequence of length 0 would be no work.
 */
export function sliceProgram(
  program: Program,
  { start, end, assume }: Pick<MadeChoice, "start" | "end" | "assume">,
): Program {
  const dispatches = program.dispatches.slice(start, end);
  const groups = new Numbering(dispatches.map(({ bindGroup }) => bindGroup));
  const bound = groups.list.map((i) => program.bindGroups[i] as PlannedBindGroup);
  // variants of a kernel share bind groups, and a bind group names the first one's pipeline
  const pipelines = new Numbering([...dispatches, ...bound].map(({ pipeline }) => pipeline));
  const buffers = new Numbering(bound.flatMap((group) => group.buffers));
  const written = writtenBuffers(program, bound);
  return {
    buffers: buffers.list.map((i) => ownBuffer(program, i, written.has(i), assume)),
    pipelines: pipelines.list.map((i) => program.pipelines[i] as Program["pipelines"][number]),
    bindGroups: bound.map((group) => ({
      pipeline: pipelines.of(group.pipeline),
      buffers: group.buffers.map((i) => buffers.of(i)),
    })),
    dispatches: dispatches.map((dispatch) => ({
      ...dispatch,
      pipeline: pipelines.of(dispatch.pipeline),
      bindGroup: groups.of(dispatch.bindGroup),
    })),
    uniforms: program.uniforms,
    inputs: new Map(),
    outputs: new Map(),
    cuts: program.cuts.filter((cut) => cut > start && cut < end).map((cut) => cut - start),
    choices: [],
    notes: [],
  };
}

/** Buffers that one of the bind groups lets its kernel write. */
export function writtenBuffers({ pipelines }: Program, bindGroups: readonly PlannedBindGroup[]): Set<number> {
  const written = new Set<number>();
  for (const { pipeline, buffers } of bindGroups) {
    const { kernel } = pipelines[pipeline] as Program["pipelines"][number];
    const { bindings } = kernelNamed(kernel);
    bindings.forEach(({ access }, i) => {
      if (access === "read_write") written.add(buffers[i] as number);
    });
  }
  return written;
}

function ownBuffer(program: Program, index: number, written: boolean, assume: readonly Assumption[]): PlannedBuffer {
  const buffer = program.buffers[index] as PlannedBuffer;
  const { label, bytes, kind } = buffer;
  const inputs = [...program.inputs.values()].flatMap((port) =>
    port.ranges
      ? [{ ...port, size: sizeOf(port.shape), value: Math.min(...port.ranges.map(({ maximum }) => maximum)) }]
      : [],
  );
  const filled = [...inputs, ...assume].filter((each) => each.buffer === index);
  if (filled.length === 0) return kind === "external" && written ? { label, bytes, kind: "transient" } : buffer;
  const data = new Int32Array(Math.ceil(bytes / BYTES_PER_ELEMENT));
  for (const { offset, size, value } of filled) data.fill(value, offset, offset + size);
  return { label, bytes, kind: kind === "external" ? "transient" : kind, data: new Uint8Array(data.buffer) };
}

/** New numbers, from 0 on, for the ones that are used. */
class Numbering {
  readonly list: readonly number[];
  readonly #numbers: ReadonlyMap<number, number>;

  constructor(used: readonly number[]) {
    this.list = [...new Set(used)];
    this.#numbers = new Map(this.list.map((old, i) => [old, i]));
  }

  of(old: number): number {
    return this.#numbers.get(old) as number;
  }
}
