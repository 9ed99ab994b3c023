/**
 * The operands of a joined kernel: its files say in parts what `Params` holds and what is bound, here they become one struct
 * and numbered bindings. Lines stay where they are, since errors name them.
 */

const numbered = String.raw`^(?:@group\(0\)[ \t]*@binding\(\d+\)[ \t]*)?`;
const storage = new RegExp(`${numbered}(var<storage,[^>]*>[ \\t]*(\\w+))`, "gm");
const uniform = new RegExp(`${numbered}var<uniform>[ \\t]*params[ \\t]*:[ \\t]*Params;`, "m");
const struct = /^struct Params[ \t]*\{([^}]*)\}/gm;

/** What is written out with its numbers, in one file, stays as it is. */
export function withOperands(source: string): string {
  if (!/^var<storage/m.test(source)) return source;
  const names: string[] = [];
  const bound = source.replace(uniform, "").replace(storage, (_, variable: string, name: string) => {
    names.push(name);
    return `@group(0) @binding(${names.length - 1}) ${variable}`;
  });
  const parts = [...bound.matchAll(struct)].map(([, fields = ""]) => fields);
  const own = parts.at(-1) ?? "";
  const seen = new Set(fieldsOf(own).map(nameOf));
  const added: string[] = [];
  for (const field of [...parts.slice(0, -1).flatMap(fieldsOf), ...names.map((name) => `${name}_offset: u32`)]) {
    if (seen.has(nameOf(field))) continue;
    seen.add(nameOf(field));
    added.push(`${field}, `);
  }
  const uniformLine = `@group(0) @binding(${names.length}) var<uniform> params: Params;`;
  const whole = `struct Params { ${added.join("")}${own}} ${uniformLine}`;
  if (parts.length === 0) return bound.replace(/^@group/m, () => `${whole} @group`);
  let rest = parts.length;
  return bound.replace(struct, (part) => (--rest > 0 ? part.replace(/[^\n]/g, "") : whole));
}

const fieldsOf = (fields: string): string[] =>
  fields
    .replace(/\/\/.*$/gm, "")
    .split(",")
    .map((field) => field.trim())
    .filter(Boolean);

const nameOf = (field: string): string => field.split(":", 1)[0] as string;
