/** The comment tags of a kernel: `// @variant`, `// @also`, `// @requires`, and `// @specialize` behind a top-level line. */
import { type Joined, originOf } from "./join.ts";
import type { VariantConstants } from "./manifest.ts";
import { tagLines } from "./tag-lines.ts";

export interface Tags {
  readonly requires: readonly string[];
  readonly specializations: readonly string[];
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly name: string;
  readonly constants: VariantConstants;
  /** Of the joined source. */
  readonly line: number;
}

const specializeLine = /^(?:(?:const|alias)\s+(\w+)\b[^=]*=|fn\s+(\w+)\b[^{]*\{\s*return\b)[^;]+;/;

/** Reads the tags of a joined kernel. Those of its libraries count as its own. */
export function readTags({ source, lines }: Joined): Tags {
  const requires = new Set<string>();
  const specializations: string[] = [];
  const variants: Variant[] = [];
  // those of one file exclude one another; what files call alike is one
  const also: { readonly file: string; more: Variant }[] = [];
  for (const { tag, rest, text, line } of tagLines(source)) {
    const words = rest.split(/\s+/);
    if (tag === "specialize") {
      const [, named, called] = specializeLine.exec(text) ?? [];
      const specialized = named ?? called;
      if (specialized !== undefined) specializations.push(specialized);
    }
    if (tag === "requires") for (const word of words) requires.add(word);
    if (tag === "variant") variants.push(readVariant(words, line));
    if (tag === "also") {
      const { file } = originOf(lines, line);
      const more = readVariant(words, line);
      const same = also.find((known) => known.file !== file && known.more.name === more.name);
      if (same) same.more = { ...same.more, constants: { ...same.more.constants, ...more.constants } };
      else also.push({ file, more });
    }
  }
  for (const file of new Set(also.map((each) => each.file))) {
    const group = also.filter((each) => each.file === file).map(({ more }) => more);
    variants.push(...group.flatMap((more) => [...variants.map((variant) => both(variant, more)), more]));
  }
  return { requires: [...requires], specializations, variants };
}

const both = (variant: Variant, { name, constants, line }: Variant): Variant => ({
  name: `${variant.name}_${name}`,
  constants: { ...variant.constants, ...constants },
  line,
});

function readVariant([name = "", ...settings]: readonly string[], line: number): Variant {
  const constants = settings.map((setting): [string, number | string] => {
    const [, key = "", value = ""] = /^(\w+)=(.+)$/.exec(setting) ?? [];
    return [key, parseValue(value)];
  });
  return { name, constants: Object.fromEntries(constants), line };
}

/** Numbers, and booleans as WebGPU takes them for overrides; what is neither is WGSL text (a type, a suffixed literal). */
function parseValue(text: string): number | string {
  if (text === "true" || text === "false") return text === "true" ? 1 : 0;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}
