import { debug } from "seqgrad";
import type { Kernels } from "../protocol.ts";

/** The dispatches of a program, and the WGSL of each of their kernels. */
export function kernelsOf(program: debug.Inspected): Kernels {
  const entries = debug.dispatches(program);
  const names = [...new Set(entries.map(({ kernel }) => kernel))];
  return {
    entries: entries.map(({ index, kernel, operation, workgroups, buffers, flops }) => ({
      index,
      kernel,
      operation,
      workgroups: workgroups.join(" × "),
      bindings: buffers.map(({ binding, tensor, bytes }) => ({ binding, tensor, bytes })),
      flops,
    })),
    wgsl: Object.fromEntries(names.map((name) => [name, debug.wgsl(program, name)])),
  };
}
