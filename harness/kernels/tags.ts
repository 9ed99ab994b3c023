// The comment tags of a kernel: `// @variant`, `// @also`, `// @requires`, and `// @specialize` behind a top-level line.
import type { VariantConstants } from "../../src/kernels/manifest.ts";
import { KernelSourceError } from "./error.ts";
import { type Joined, originOf } from "./join.ts";

export interface Tags {
  readonly requires: readonly string[];
  readonly specializations: readonly string[];
  /** The joined line of each variant is kept for error messages. */
  readonly variants: readonly Variant[];
}

interface Variant {
  readonly name: string;
  readonly constants: VariantConstants;
  readonly line: number;
}

const tagLine = /^\s*\/\/\s*@(\w+)\s*(.*)$/;
const specializeLine = /^(?:(?:const|alias)\s+(\w+)\b[^=]*=|fn\s+(\w+)\b[^{]*\{\s*return\b)[^;]+;.*@specialize/;
const knownTags = ["use", "let", "name", "each", "variant", "also", "requires", "specialize"];
/** Words of WGSL's own that may stand at the start of a comment line. */
const attributes = ["group", "binding", "compute", "workgroup_size", "builtin", "id"];

/** Reads the tags of a joined kernel. Those of its libraries count as its own. */
export function readTags(joined: Joined): Tags {
  const requires: string[] = [];
  const specializations: string[] = [];
  const variants: Variant[] = [];
  // those of one file exclude one another
  const also = new Map<string, Variant[]>();
  for (const [index, text] of joined.source.split("\n").entries()) {
    const line = index + 1;
    const [, named, called] = specializeLine.exec(text) ?? [];
    const specialized = named ?? called;
    if (specialized !== undefined) specializations.push(specialized);
    const [, tag, rest = ""] = tagLine.exec(text) ?? [];
    if (tag === undefined || attributes.includes(tag)) continue;
    if (!knownTags.includes(tag))
      throw errorAt(joined, line, `unknown tag @${tag}, expected @${knownTags.join(", @")}`);
    const words = rest.trim().split(/\s+/).filter(Boolean);
    if (tag === "requires") requires.push(...words);
    if (tag === "variant") variants.push(readVariant(joined, tag, words, line));
    if (tag === "also") {
      const { file } = originOf(joined.lines, line);
      also.set(file, [...(also.get(file) ?? []), readVariant(joined, tag, words, line)]);
    }
  }
  for (const group of also.values()) {
    variants.push(...group.flatMap((more) => [...variants.map((variant) => both(variant, more)), more]));
  }
  return { requires: [...new Set(requires)], specializations, variants };
}

const both = (variant: Variant, { name, constants, line }: Variant): Variant => ({
  name: `${variant.name}_${name}`,
  constants: { ...variant.constants, ...constants },
  line,
});

/** Checks that every variant sets only what the kernel has, and gives them by name, `default` included. */
export function checkVariants(
  joined: Joined,
  { variants, specializations }: Tags,
  overrides: readonly string[],
): Record<string, VariantConstants> {
  const result: Record<string, VariantConstants> = { default: {} };
  const known = [...overrides, ...specializations];
  const named = new Set<string>();
  for (const { name, constants, line } of variants) {
    if (named.has(name)) throw errorAt(joined, line, `variant ${name} is declared twice`);
    named.add(name);
    for (const [key, value] of Object.entries(constants)) {
      if (!known.includes(key)) {
        const expected = known.length > 0 ? `expected one of ${known.join(", ")}` : "the kernel has none to set";
        throw errorAt(
          joined,
          line,
          `variant ${name} sets ${key}, which is no override and no @specialize line; ${expected}`,
        );
      }
      if (overrides.includes(key) && typeof value !== "number") {
        throw errorAt(joined, line, `variant ${name} sets the override ${key} to ${value}, expected a number`);
      }
    }
    result[name] = constants;
  }
  return result;
}

/** An error at a line of the joined source, told by the file and line that it came from. */
export function errorAt(joined: Joined, joinedLine: number, what: string): KernelSourceError {
  const { file, line } = originOf(joined.lines, joinedLine);
  return new KernelSourceError(file, line, what);
}

function readVariant(joined: Joined, tag: string, words: readonly string[], line: number): Variant {
  const [name, ...settings] = words;
  if (name === undefined || name.includes("=")) throw errorAt(joined, line, `@${tag}: expected a name, then KEY=value`);
  const constants: Record<string, number | string> = {};
  for (const setting of settings) {
    const [, key, value] = /^(\w+)=(.+)$/.exec(setting) ?? [];
    if (key === undefined || value === undefined) {
      throw errorAt(joined, line, `@${tag} ${name}: expected KEY=value, got ${setting}`);
    }
    constants[key] = parseValue(value);
  }
  return { name, constants, line };
}

/** Numbers, and booleans as WebGPU takes them for overrides; what is neither is WGSL text (a type, a suffixed literal). */
function parseValue(text: string): number | string {
  if (text === "true" || text === "false") return text === "true" ? 1 : 0;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}
