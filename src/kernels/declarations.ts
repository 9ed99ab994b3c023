/**
 * What a kernel's WGSL declares, read by its form: a kernel keeps the contract of `kernels/README.md`, which the tests see to
 * with another reader of WGSL. Comments must be gone.
 */
import type { ElementType, KernelBinding, KernelParam } from "./manifest.ts";

export interface Declarations {
  readonly entryPoint: string;
  readonly bindings: readonly KernelBinding[];
  readonly params: readonly KernelParam[];
  readonly paramsSize: number;
  readonly overrides: readonly string[];
  readonly workgroupSize: readonly (number | string)[];
}

const entryPoint = /@compute\s*@workgroup_size\(([^)]*)\)\s*fn\s+(\w+)/;
const binding = /@binding\((\d+)\)\s*var\s*<\s*(\w+)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)\s*:\s*([^;]+);/g;
const override = /\boverride\s+(\w+)/g;
const alias = /^[ \t]*alias\s+(\w+)\s*=\s*([^;]+);/gm;
const paramsStruct = /\bstruct\s+Params\s*\{([^}]*)\}/;

export function readDeclarations(source: string): Declarations {
  const [, size = "", name = ""] = entryPoint.exec(source) ?? [];
  const aliases = new Map([...source.matchAll(alias)].map(([, name = "", type = ""]) => [name, type]));
  const fields = split(paramsStruct.exec(source)?.[1] ?? "");
  const params = fields.map((field, index): KernelParam => {
    const [name = "", type] = field.split(/\s*:\s*/);
    // scalars alone, of four bytes
    return { name, type: type as KernelParam["type"], offset: 4 * index };
  });
  return {
    entryPoint: name,
    bindings: bindingsOf(source, aliases),
    params,
    paramsSize: 4 * params.length,
    overrides: [...source.matchAll(override)].map(([, name = ""]) => name),
    workgroupSize: split(size).map((each) => (/^\d+u?$/.test(each) ? Number.parseInt(each, 10) : each)),
  };
}

function bindingsOf(source: string, aliases: ReadonlyMap<string, string>): KernelBinding[] {
  const found = [...source.matchAll(binding)].sort((a, b) => Number(a[1]) - Number(b[1]));
  return found.map(([, , space, access, name = "", type = ""]) =>
    space === "uniform"
      ? { name, access: "uniform", type: "Params" }
      : { name, access: access as "read" | "read_write", type: elementOf(type, aliases) },
  );
}

/** `vec4<f32>` of `array<Real>` where `alias Real = vec4f`. */
function elementOf(type: string, aliases: ReadonlyMap<string, string>): ElementType {
  let element = /^array\s*<\s*(.*?)\s*,?\s*>$/.exec(type.trim())?.[1] ?? "";
  for (let known = aliases.get(element); known !== undefined; known = aliases.get(element)) element = known;
  const [, length, letter = ""] = /^vec(\d)([fiuh])$/.exec(element) ?? [];
  return (length === undefined ? element : `vec${length}<${scalars[letter]}>`) as ElementType;
}

const scalars: Readonly<Record<string, string>> = { f: "f32", i: "i32", u: "u32", h: "f16" };

/** Parts between commas, of which one may come last. */
const split = (list: string): string[] =>
  list
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
