import { ArgumentError } from "../errors.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import { specialize } from "../kernels/specialize.ts";
import { show } from "../options.ts";
import { explainProgram } from "../plan/build.ts";
import { formatBytes } from "../plan/describe.ts";
import type { Program } from "../plan/program.ts";
import type { Executable } from "../run/executable.ts";
import { executableOf, type Inspected } from "./program.ts";

/** A buffer as a dispatch has it. */
export interface BoundBuffer {
  /** Of the kernel's binding. */
  readonly binding: string;
  /** Whether the kernel may write to it. */
  readonly access: "read" | "read_write";
  /** The tensor: `lstm [32, 64]`, `input tokens`, `parameters`. */
  readonly tensor: string;
  /** Number of the buffer; tensors that are never alive together share one. */
  readonly buffer: number;
  /** Of the whole buffer. */
  readonly bytes: number;
}

/** One dispatch of a run. */
export interface DispatchEntry {
  /** Place among the dispatches of a run, from 0. */
  readonly index: number;
  /** The operation that it is a part of; "" for what no value asks for, such as the optimizer's. */
  readonly operation: string;
  /** With its variant: `matmul_tiled_vectors/default`. */
  readonly kernel: string;
  /** How many are dispatched in each dimension. */
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** What is bound, in the order of the kernel's bindings. */
  readonly buffers: readonly BoundBuffer[];
  /** Operations on floats, estimated by the shapes; 0 for what moves data only. */
  readonly flops: number;
}

/**
 * The dispatches of one run, in order: kernel, workgroups, and each buffer with its label and size. Made when it is asked for, by
 * planning the program again, so a program that is not looked at pays nothing. Throws ArgumentError for what is no program.
 */
export function dispatches(program: Inspected): DispatchEntry[] {
  return entriesOf(executableOf("dispatches", program));
}

function entriesOf({ request, replay: { program } }: Executable): DispatchEntry[] {
  const explained = explainProgram(request);
  return program.dispatches.map(({ bindGroup, workgroups, flops }, index) => {
    const { kernel, variant, buffers } = explained.dispatches[index] as (typeof explained.dispatches)[number];
    const bound = (program.bindGroups[bindGroup] as Program["bindGroups"][number]).buffers;
    const bindings = kernelNamed(kernel).bindings.filter(({ access }) => access !== "uniform");
    return {
      index,
      operation: explained.origins[index]?.op.name ?? "",
      kernel: `${kernel}/${variant}`,
      workgroups,
      buffers: bindings.map(({ name, access }, i) => ({
        binding: name,
        access: access as "read" | "read_write",
        tensor: explained.memory.buffers[buffers[i] as number]?.label ?? "",
        buffer: bound[i] as number,
        bytes: program.buffers[bound[i] as number]?.bytes ?? 0,
      })),
      flops,
    };
  });
}

/** The same as text, a line a dispatch: `0 matmul_tiled_vectors/default  matmul  4×1×1  a ← input x [32, 64] (#3, 8.0 KiB), …`. */
export function dispatchTable(program: Inspected): string {
  const rows = entriesOf(executableOf("dispatchTable", program)).map((entry) => [
    `${entry.index} ${entry.kernel}`,
    entry.operation,
    entry.workgroups.join("×"),
    entry.buffers.map(boundText).join(", "),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}

const boundText = ({ binding, access, tensor, buffer, bytes }: BoundBuffer): string =>
  `${binding} ${access === "read" ? "←" : "→"} ${tensor} (#${buffer}, ${formatBytes(bytes)})`;

/**
 * The WGSL of a dispatch as it was compiled, with its overrides and tagged lines set to the variant's values, so that the text
 * compiles as it stands. `which` is the dispatch's number, or a kernel with its variant, as `dispatches` gives them. Throws
 * ArgumentError where there is none.
 */
export function wgsl(program: Inspected, which: number | string): string {
  const { replay } = executableOf("wgsl", program);
  const { pipelines, dispatches: planned } = replay.program;
  const names = pipelines.map(({ kernel, variant }) => `${kernel}/${variant}`);
  const index = typeof which === "number" ? planned[which]?.pipeline : names.findIndex((name) => isNamed(name, which));
  const pipeline = index === undefined ? undefined : pipelines[index];
  if (!pipeline) {
    throw new ArgumentError(
      `debug.wgsl: there is no dispatch ${show(which)}, expected a number from 0 to ${planned.length - 1}, or one of ${names.join(", ")}`,
    );
  }
  const { code, constants } = specialize(kernelNamed(pipeline.kernel), pipeline.variant);
  const text = Object.entries(constants).reduce(
    (text, [name, value]) =>
      text.replace(
        new RegExp(`^((?:@id\\(\\d+\\)\\s*)?override\\s+${name}\\s*(?::\\s*(\\w+)\\s*)?)(?:=[^;]*)?;`, "m"),
        (_, head: string, type: string | undefined) => `${head.trimEnd()} = ${literal(value, type)};`,
      ),
    code,
  );
  // comments are not shipped, their lines are
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

const isNamed = (name: string, which: unknown): boolean =>
  typeof which === "string" && (name === which || name === `${which}/default`);

const literal = (value: number, type: string | undefined): string =>
  type === "bool" ? String(value !== 0) : String(value);
