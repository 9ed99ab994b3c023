// Plans without a GPU: a made-up adapter, and parameters in a made-up buffer.

import { InputValue } from "../../src/graph/leaves.ts";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { Parameter } from "../../src/graph/parameter.ts";
import { float32, type Shape, type Spec } from "../../src/graph/shape.ts";
import type { Value } from "../../src/graph/value.ts";
import { loadAllKernels } from "../../src/kernels/later.ts";
import { gradients } from "../../src/ops/loop/gradients.ts";
import { buildProgram } from "../../src/plan/build.ts";
import type { Program } from "../../src/plan/program.ts";
import { Always } from "../cases/support/profile.ts";

await loadAllKernels();

export const adapterOf = (kind: AdapterProfile["kind"] = "software"): AdapterProfile => ({
  kind,
  features: new Set(),
  limits: {
    maxStorageBufferBindingSize: 128 * 2 ** 20,
    maxBufferSize: 256 * 2 ** 20,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    maxStorageBuffersPerShaderStage: 8,
    minUniformBufferOffsetAlignment: 256,
  },
});

export const hyper = { label: "hyper", elements: 64 };

/** Counts inputs, for names. */
let inputs = 0;
export const input = (shape: Shape, dtype: Spec["dtype"] = "float32"): InputValue =>
  new InputValue(`input${inputs++}`, dtype === "float32" ? float32(shape) : { shape, dtype });

export const parameter = (shape: Shape): Parameter => new Parameter(shape, { kind: "constant", value: 0 });

/** Everything that the outputs depend on is an input or a parameter. */
export function plan(
  outputs: Readonly<Record<string, Value>>,
  given: readonly InputValue[],
  adapter: AdapterProfile = adapterOf(),
): Program {
  const external = { label: "parameters", elements: 2 ** 20 };
  const places = new Map<Value, number>();
  return buildProgram({
    adapter,
    hyper,
    inputs: given,
    outputs,
    locate(leaf) {
      if (!(leaf instanceof Parameter)) return undefined;
      const offset = places.get(leaf) ?? places.size * 8192;
      places.set(leaf, offset);
      return { external, offset };
    },
  });
}

/** The loss and its gradients; by `way` wherever there is a choice with it. */
export function planStep(
  loss: Value,
  sources: readonly Value[],
  given: readonly InputValue[],
  kind: AdapterProfile["kind"] = "software",
  way?: string,
): Program {
  const found = gradients(loss, sources);
  const named = found.flatMap((gradient, i) => (gradient ? [[`gradient ${i}`, gradient] as const] : []));
  const adapter = { ...adapterOf(kind), ...(way === undefined ? {} : { measured: new Always(way) }) };
  return plan({ loss, ...Object.fromEntries(named) }, given, adapter);
}

/** Dispatches of each kernel whose name starts with `prefix`. */
export const dispatchesOf = ({ dispatches, pipelines }: Program, prefix: string): number =>
  dispatches.filter(({ pipeline }) => pipelines[pipeline]?.kernel.startsWith(prefix)).length;
