// Whether a joined kernel keeps the contract of its tags.
import { type Joined, originOf, wrongAt } from "../../src/kernels/join.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { readTags } from "../../src/kernels/tags.ts";

const tagLine = /^\s*\/\/(\s*)@(\w+)\s*(.*)$/;
const knownTags = ["use", "let", "name", "each", "variant", "also", "requires", "specialize", "software"];
/** Words of WGSL's own that may stand at the start of a comment line. */
const attributes = ["group", "binding", "compute", "workgroup_size", "builtin", "id"];

/** Throws where a tag is unknown or has another form, or a variant sets what the kernel has not. */
export function checkTags(joined: Joined, { overrides, specializations }: KernelManifest): void {
  for (const [index, text] of joined.source.split("\n").entries()) {
    const [, space, tag, rest = ""] = tagLine.exec(text) ?? [];
    if (tag === undefined || attributes.includes(tag)) continue;
    const fail = (what: string) => errorAt(joined, index + 1, what);
    if (!knownTags.includes(tag)) throw fail(`unknown tag @${tag}, expected @${knownTags.join(", @")}`);
    if (space !== " ") throw fail(`//${space}@${tag}, expected // @${tag}`);
    if (tag !== "variant" && tag !== "also") continue;
    const [name = "", ...settings] = rest.trim().split(/\s+/);
    if (name === "" || name.includes("=")) throw fail(`@${tag}: expected a name, then KEY=value`);
    const wrong = settings.find((setting) => !/^\w+=.+$/.test(setting));
    if (wrong !== undefined) throw fail(`@${tag} ${name}: expected KEY=value, got ${wrong}`);
  }
  const known = [...overrides, ...specializations];
  const named = new Set<string>();
  for (const { name, constants, line } of readTags(joined).variants) {
    const fail = (what: string) => errorAt(joined, line, `variant ${name} ${what}`);
    if (named.has(name)) throw fail("is declared twice");
    named.add(name);
    for (const [key, value] of Object.entries(constants)) {
      if (!known.includes(key)) {
        const expected = known.length > 0 ? `expected one of ${known.join(", ")}` : "the kernel has none to set";
        throw fail(`sets ${key}, which is no override and no @specialize line; ${expected}`);
      }
      if (overrides.includes(key) && typeof value !== "number") {
        throw fail(`sets the override ${key} to ${value}, expected a number`);
      }
    }
  }
}

/** An error at a line of the joined source, told by the file and line that it came from. */
export const errorAt = (joined: Joined, joinedLine: number, what: string) =>
  wrongAt(originOf(joined.lines, joinedLine), what);
