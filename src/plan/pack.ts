/** From what a graph was lowered to, to pure data: which buffers, pipelines and bind groups there are. */
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import type { LoweredDispatch } from "./bound-dispatch.ts";
import { submitCuts } from "./cuts.ts";
import type { LoweringContext } from "./lowering.ts";
import { assignMemory, type Lifetime } from "./memory.ts";
import { packParams, UniformArena } from "./params.ts";
import type { InputPort, PlannedBindGroup, PlannedBuffer, PlannedDispatch, Port, Program } from "./program.ts";
import type { VirtualBuffer } from "./virtual-memory.ts";

/** Gives dispatches, uniforms and buffers the form in which they are replayed. */
export function pack(to: LoweringContext, inputs: Map<string, InputPort>, outputs: ReadonlyMap<string, Port>): Program {
  const { buffers, physical } = assignBuffers(to);
  const uniforms = new UniformArena(to.adapter.limits.minUniformBufferOffsetAlignment);
  const pipelines: { kernel: string; variant: string }[] = [];
  const bindGroups: PlannedBindGroup[] = [];
  const pipelineNumbers = new Map<string, number>();
  const bindGroupNumbers = new Map<string, number>();
  const number = <T>(numbers: Map<string, number>, list: T[], key: string, make: () => T): number => {
    const known = numbers.get(key) ?? list.push(make()) - 1;
    numbers.set(key, known);
    return known;
  };
  const dispatches = to.dispatches.map(
    ({ kernel, variant, params, workgroups, flops, bytes, ...lowered }): PlannedDispatch => {
      const pipeline = number(pipelineNumbers, pipelines, `${kernel}/${variant}`, () => ({ kernel, variant }));
      const bound = lowered.buffers.map((buffer) => physical[buffer] as number);
      const bindGroup = number(bindGroupNumbers, bindGroups, `${kernel} ${bound}`, () => ({
        pipeline,
        buffers: bound,
      }));
      const paramsOffset = uniforms.add(packParams(kernelNamed(kernel), params));
      return { pipeline, bindGroup, paramsOffset, workgroups, flops, bytes };
    },
  );
  const port = <P extends Port>(p: P): P => ({ ...p, buffer: physical[p.buffer] as number });
  return {
    buffers,
    pipelines,
    bindGroups,
    dispatches,
    uniforms: uniforms.pack(),
    inputs: new Map([...inputs].map(([name, p]) => [name, port(p)])),
    outputs: new Map([...outputs].map(([name, p]) => [name, port(p)])),
    cuts: submitCuts(dispatches, to.adapter),
    notes: [...to.notes],
    choices: to.choices.map((choice) => ({
      ...choice,
      assume: choice.assume.map((each) => ({ ...each, buffer: physical[each.buffer] as number })),
    })),
  };
}

/** Gives each virtual buffer its physical one: transient ones share, the others keep their own. */
function assignBuffers(to: LoweringContext): { buffers: PlannedBuffer[]; physical: number[] } {
  const lifetimes = lifetimesOf(to.memory.buffers.length, to.dispatches);
  const transient = to.memory.buffers.flatMap((buffer, i) => (buffer.kind === "transient" && lifetimes[i] ? [i] : []));
  const assignment = assignMemory(
    transient.map((i) => ({ elements: (to.memory.buffers[i] as VirtualBuffer).elements, ...(lifetimes[i] as Span) })),
  );
  const buffers: PlannedBuffer[] = assignment.sizes.map((elements, i) => ({
    label: `transient ${i}`,
    bytes: elements * BYTES_PER_ELEMENT,
    kind: "transient",
  }));
  const physical = new Array<number>(to.memory.buffers.length).fill(-1);
  transient.forEach((i, j) => {
    physical[i] = assignment.buffer[j] as number;
  });
  to.memory.buffers.forEach((buffer, i) => {
    if (buffer.kind === "transient") return;
    physical[i] = buffers.length;
    const { label, kind, external } = buffer;
    const bytes = buffer.elements * BYTES_PER_ELEMENT;
    const data = kind === "constant" ? { data: packConstants(to, bytes) } : {};
    buffers.push({ label, kind, bytes, ...(external ? { external } : {}), ...data });
  });
  return { buffers, physical };
}

function packConstants(to: LoweringContext, bytes: number): Uint8Array {
  const data = new Uint8Array(bytes);
  for (const { value, offset } of to.memory.constants) {
    const { buffer, byteOffset, byteLength } = value.data;
    if (value.data.length !== sizeOf(value.shape)) throw new Error("constant: data does not fill its shape");
    data.set(new Uint8Array(buffer, byteOffset, byteLength), offset * BYTES_PER_ELEMENT);
  }
  return data;
}

type Span = Pick<Lifetime, "first" | "last">;

/** First and last dispatch that touch each buffer. */
function lifetimesOf(count: number, dispatches: readonly LoweredDispatch[]): (Span | undefined)[] {
  const spans = new Array<{ first: number; last: number } | undefined>(count).fill(undefined);
  dispatches.forEach(({ buffers }, i) => {
    for (const buffer of buffers) {
      const span = spans[buffer];
      if (span) span.last = i;
      else spans[buffer] = { first: i, last: i };
    }
  });
  return spans;
}
