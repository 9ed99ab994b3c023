// The modules that the kernels become. A bundler takes of them what an operation names, and puts apart what only software
// adapters need: it divides code by modules, so that what is fetched apart has modules of its own.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Bound } from "../../src/kernels/join.ts";
import type { ReadKernels } from "./read.ts";
import type { Template } from "./template.ts";

/** By file name in `src/kernels/generated/`. */
export type Modules = ReadonlyMap<string, string>;

/** How the modules are to be. */
export interface Arrangement {
  /** A module for each text and each kernel, since a bundler puts what two files share into a third by whole modules. */
  readonly isFine?: boolean;
  /** What becomes of a text without comments. */
  readonly text?: (text: string) => string;
}

/** What a module exports, and what it needs for it by the constants' names. */
interface Item {
  readonly name: string;
  readonly code: string;
  readonly needs: readonly string[];
  readonly type: "Kernel" | "KernelParts" | "KernelText";
}

interface KernelItem {
  readonly name: string;
  readonly bound: Bound;
  readonly software: boolean;
  /** Its own, then those of its libraries. */
  readonly files: readonly [string, ...string[]];
  /** The module that its operations import. */
  readonly module: string;
  /** That of the kernels which all adapters run. */
  readonly family: string;
}

/** @param textOf gives the text of a file named from the checkout's root */
export function modulesOf(
  { manifests, templates }: ReadKernels,
  textOf: (file: string) => string,
  { isFine = false, text = (same) => same }: Arrangement = {},
): Modules {
  const kernels = manifests.map(({ file, lines }, i): KernelItem => {
    const { name, bound, software } = templates[i] as Template;
    const libraries = lines.map((range) => range.file).filter((each) => each !== file);
    const [family, module] = [false, software].map((apart) => moduleOf(file, bound.cell, apart)) as [string, string];
    return { name, bound, software, files: [file, ...new Set(libraries)], module, family };
  });
  const forAll = new Set(kernels.flatMap(({ files, software }) => (software ? [] : files)));
  const files = [...new Set(kernels.flatMap((kernel) => kernel.files))].sort();
  const texts = new Map(files.map((file) => [file, withoutComments(textOf(file))]));
  const textModule = (file: string) => `texts-${moduleOf(file, undefined, !forAll.has(file))}`;
  const placeOf = isFine ? finePlaces(kernels) : new Map(files.map((file) => [constantOf(file), textModule(file)]));
  const places = new Map<string, Item[]>();
  const modules = new Map<string, string>();
  /** Exports items from a module, which has them itself unless they have another place. */
  const put = (module: string, items: readonly Item[]): void => {
    for (const item of items) {
      const place = placeOf.get(item.name) ?? module;
      places.set(place, [...(places.get(place) ?? []), item]);
    }
    const apart = items.filter(({ name }) => (placeOf.get(name) ?? module) !== module);
    const lines = apart.map(({ name }) => `export { ${name} } from "./${placeOf.get(name)}.ts";\n`);
    if (lines.length > 0) modules.set(module, `${head}${lines.join("")}`);
  };

  for (const [module, own] of groupBy(files, textModule)) {
    const items = own.map((file) => textItem(file, text(texts.get(file) as string)));
    put(module, items);
  }
  const later = new Map<string, string>();
  for (const [module, own] of groupBy(kernels, (kernel) => kernel.module)) {
    const [{ software, family }] = own as [KernelItem];
    if (!software) {
      put(module, own.map(kernelItem));
      continue;
    }
    // what is fetched later is data, and has no module in common with the program: what both need, the program gives
    put(
      module,
      own.map((kernel) => partsItem(kernel, forAll)),
    );
    const both = new Set(own.flatMap((kernel) => kernel.files.filter((file) => forAll.has(file))));
    later.set(module, `${family}-shared`);
    put(`${family}-shared`, [sharedItem(module, [...both].sort().map(constantOf))]);
  }
  for (const [place, items] of places) modules.set(place, moduleText(place, items, placeOf));
  const names = [...new Set(kernels.map(({ module }) => module))].sort();
  const spread = names.map((name) => {
    const shared = later.get(name);
    return shared ? `  ...kernelsOf(${variable(name)}, ${variable(shared)}),\n` : `  ...${variable(name)},\n`;
  });
  const all = names.map((name) => `import * as ${variable(name)} from "./${name}.ts";\n`);
  const allShared = [...later.values()].map((name) => `import { shared as ${variable(name)} } from "./${name}.ts";\n`);
  const kernelsOf = 'import { kernelsOf } from "../kernel.ts";\n';
  modules.set(
    "all",
    `${head}${[kernelsOf, ...all, ...allShared].join("")}\n/** Every kernel by its name. */\nexport const kernels = {\n${spread.join("")}};\n`,
  );
  modules.set(
    "hash",
    `${head}\n/** Differs where a kernel does: what was measured with other kernels does not count. */\nexport const kernelsHash = "${hashOf([...texts, ...kernels])}";\n`,
  );
  return new Map([...modules].map(([name, text]) => [`${name}.ts`, text]));
}

function textItem(file: string, text: string): Item {
  const name = constantOf(file);
  const code = `export const ${name}: KernelText = {\n  file: "${file}",\n  text: ${literal(text)},\n};\n`;
  return { name, needs: [], code, type: "KernelText" };
}

function kernelItem({ name, files, bound }: KernelItem): Item {
  const needs = files.map(constantOf);
  const meaning = Object.keys(bound).length > 0 ? `, ${JSON.stringify(bound)}` : "";
  const made = `/* @__PURE__ */ new Kernel("${name}", [${needs.join(", ")}]${meaning})`;
  return { name, needs, code: `export const ${name}: Kernel = ${made};\n`, type: "Kernel" };
}

function partsItem({ name, files, bound }: KernelItem, forAll: ReadonlySet<string>): Item {
  const needs = files.filter((file) => !forAll.has(file)).map(constantOf);
  const meaning = Object.keys(bound).length > 0 ? `, bound: ${JSON.stringify(bound)}` : "";
  const code = `export const ${name}: KernelParts = { texts: [${needs.join(", ")}]${meaning} };\n`;
  return { name, needs, code, type: "KernelParts" };
}

function sharedItem(module: string, needs: readonly string[]): Item {
  const says = `/** What the kernels of \`${module}\` have in common with others. */\n`;
  const code = `${says}export const shared: readonly KernelText[] = [${needs.join(", ")}];\n`;
  return { name: "shared", needs, code, type: "KernelText" };
}

/** By constant: kernels of one file and cell lie together, and with the file's text where nobody else has it. */
function finePlaces(kernels: readonly KernelItem[]): Map<string, string> {
  const places = new Map<string, string>();
  const users = new Map<string, Set<string>>();
  for (const { name, software, files, bound } of kernels) {
    const place = `kernels/${[constantOf(files[0]), ...(bound.cell ? [bound.cell] : [])].join("-")}`;
    if (!software) places.set(name, place);
    // a kernel that is fetched later has the text alone
    for (const file of files) users.set(file, (users.get(file) ?? new Set()).add(software ? "" : place));
  }
  for (const [file, all] of users) {
    const [first = ""] = all;
    places.set(constantOf(file), all.size === 1 && first !== "" ? first : `texts/${constantOf(file)}`);
  }
  return places;
}

const imports: Readonly<Record<Item["type"], string>> = {
  Kernel: 'import { Kernel } from "../kernel.ts";\n',
  KernelParts: 'import type { KernelParts } from "../kernel.ts";\n',
  KernelText: 'import type { KernelText } from "../join.ts";\n',
};

function moduleText(module: string, items: readonly Item[], placeOf: ReadonlyMap<string, string>): string {
  const to = (path: string) => posix.relative(posix.dirname(module), path);
  const types = [...new Set(items.map(({ type }) => imports[type].replace("../", `${to("..")}/`)))];
  const needed = groupBy(
    [...new Set(items.flatMap(({ needs }) => needs))].sort(),
    (name) => placeOf.get(name) as string,
  );
  const used = [...needed].flatMap(([from, names]) => {
    const path = to(from);
    return from === module
      ? []
      : `import { ${names.join(", ")} } from "${path.startsWith(".") ? "" : "./"}${path}.ts";\n`;
  });
  return `${head}${[...types, ...used].sort().join("")}\n${items.map(({ code }) => code).join("\n")}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const head = "// Generated from kernels/ by harness/kernels/generate.ts. Do not edit.\n";

/** `kernels/recurrent/lib/rows.wgsl` belongs to `recurrent-lib`; a template's kernels lie apart by their cell. */
function moduleOf(file: string, cell: string | undefined, software: boolean): string {
  const folders = posix.dirname(file).split("/").slice(1);
  return [...folders, ...(cell ? [cell] : []), ...(software ? ["software"] : [])].join("-");
}

const variable = (name: string): string => name.replace(/\W/g, "_");

const constantOf = (file: string): string => variable(file.replace(/^kernels\/(.*)\.wgsl$/, "$1"));

const hashOf = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);

/** Users download no comments. Lines stay, since errors name them, and so do the tags that the runtime reads. */
const withoutComments = (text: string): string =>
  text.replace(/[ \t]*\/\/(?!\s*@(?:use|let|variant|also|requires)\b)(?!.*@specialize).*$/gm, "");

const literal = (text: string): string => `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
