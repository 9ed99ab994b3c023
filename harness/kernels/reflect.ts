// What wgsl_reflect tells of a kernel, checked against the kernel contract. The runtime has a reader of its own.
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import type { Declarations } from "../../src/kernels/declarations.ts";
import type { Joined } from "../../src/kernels/join.ts";
import type { ElementType, KernelBinding, KernelParam } from "../../src/kernels/manifest.ts";
import { errorAt } from "./check.ts";

const maxStorageBindings = 8;

const elementTypes: Readonly<Record<string, ElementType>> = {
  f32: "f32",
  i32: "i32",
  u32: "u32",
  f16: "f16",
  vec2f: "vec2<f32>",
  vec4f: "vec4<f32>",
  vec4i: "vec4<i32>",
  vec4u: "vec4<u32>",
  vec4h: "vec4<f16>",
  "atomic<u32>": "atomic<u32>",
};

/** wgsl_reflect takes `block` and `type` for keywords; they are ordinary names. They go in with a `_`, and come out without. */
const ownName = (name: string) => name.replace(/^(block|type)_$/, "$1");

export function reflectKernel(joined: Joined): Declarations {
  let module: WgslReflect;
  try {
    module = new WgslReflect(joined.source.replace(/\b(block|type)\b/g, "$1_"));
  } catch (error) {
    throw errorAt(joined, lineOfParseError(error), `cannot be read: ${String(error)}`);
  }
  const [entry, ...others] = module.entry.compute;
  if (entry === undefined) throw errorAt(joined, 1, "no @compute function");
  if (others.length > 0) throw errorAt(joined, others[0]?.startLine ?? 1, "more than one @compute function");
  return {
    entryPoint: entry.name,
    workgroupSize: workgroupSizeOf(joined, entry),
    bindings: bindingsOf(joined, module),
    ...paramsOf(joined, module),
    overrides: module.overrides.map(({ name }) => ownName(name)),
  };
}

type EntryPoint = WgslReflect["entry"]["compute"][number];

function workgroupSizeOf(joined: Joined, entry: EntryPoint): (number | string)[] {
  const value = entry.attributes?.find(({ name }) => name === "workgroup_size")?.value;
  if (value === undefined || value === null) throw errorAt(joined, entry.startLine, "no @workgroup_size");
  return [value]
    .flat()
    .map((each) => (/^\d+u?$/.test(String(each)) ? Number.parseInt(String(each), 10) : String(each)));
}

function bindingsOf(joined: Joined, module: WgslReflect): KernelBinding[] {
  const variables = [...module.uniforms, ...module.storage, ...module.textures, ...module.samplers];
  const inOrder = variables.sort((a, b) => a.binding - b.binding);
  const bindings = inOrder.map((variable, index): KernelBinding => {
    const { name, group, binding, resourceType } = variable;
    const fail = (what: string) => errorAt(joined, lineOf(joined, name), `binding ${name}: ${what}`);
    if (group !== 0) throw fail(`group ${group}, expected group 0`);
    if (binding !== index)
      throw fail(`@binding(${binding}), expected @binding(${index}): they count from 0 without gaps`);
    if (resourceType === ResourceType.Uniform) {
      if (name !== "params" || variable.type.name !== "Params") throw fail("the uniform must be `params: Params`");
      if (index !== inOrder.length - 1) throw fail("the uniform must be the last binding");
      return { name, access: "uniform", type: "Params" };
    }
    if (resourceType !== ResourceType.Storage) throw fail("expected a storage or uniform buffer");
    const type =
      variable.format === null ? undefined : elementTypes[variable.format.getTypeName?.() ?? variable.format.name];
    if (!variable.isArray || variable.count > 0 || type === undefined) {
      throw fail(`expected array<T> with T one of ${Object.values(elementTypes).join(", ")}`);
    }
    if (variable.access !== "read" && variable.access !== "read_write") throw fail("expected read or read_write");
    return { name: ownName(name), access: variable.access, type };
  });
  const stored = bindings.filter(({ access }) => access !== "uniform").length;
  if (stored > maxStorageBindings) {
    throw errorAt(
      joined,
      lineOf(joined, bindings[maxStorageBindings]?.name ?? ""),
      `${stored} storage bindings, at most 8`,
    );
  }
  if (stored === bindings.length) throw errorAt(joined, 1, "no `var<uniform> params: Params` as the last binding");
  return bindings;
}

function paramsOf(joined: Joined, module: WgslReflect): { params: KernelParam[]; paramsSize: number } {
  const struct = module.structs.find(({ name }) => name === "Params");
  if (struct === undefined) throw errorAt(joined, 1, "no `struct Params`");
  const params = struct.members.map(({ name, type, offset }): KernelParam => {
    if (type.name !== "u32" && type.name !== "i32" && type.name !== "f32") {
      throw errorAt(joined, struct.startLine, `Params.${name} is ${type.name}, expected u32, i32 or f32`);
    }
    return { name: ownName(name), type: type.name, offset };
  });
  for (const { name } of module.storage) {
    if (!params.some((each) => each.name === `${ownName(name)}_offset` && each.type === "u32")) {
      throw errorAt(joined, struct.startLine, `Params has no ${name}_offset: u32 for the binding ${name}`);
    }
  }
  return { params, paramsSize: struct.size };
}

/** The joined line that declares a variable; wgsl_reflect does not tell. */
function lineOf(joined: Joined, variable: string): number {
  const declaration = new RegExp(`\\bvar\\s*<[^>]*>\\s*${variable}\\b`);
  return joined.source.split("\n").findIndex((line) => declaration.test(line)) + 1 || 1;
}

function lineOfParseError(error: unknown): number {
  const told = /\bline:?\s*(\d+)/i.exec(String(error))?.[1];
  return told === undefined ? 1 : Number(told);
}
