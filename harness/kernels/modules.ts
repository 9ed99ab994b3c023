// The modules that the kernels become. A bundler takes of them what an operation names, and puts apart what only software
// adapters need: it divides code by modules, so that what is fetched apart has modules of its own.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { ReadKernels } from "./read.ts";
import type { Template } from "./template.ts";

/** By file name in `src/kernels/generated/`. */
export type Modules = ReadonlyMap<string, string>;

/** @param textOf gives the text of a file named from the checkout's root */
export function modulesOf({ manifests, templates }: ReadKernels, textOf: (file: string) => string): Modules {
  const kernels = manifests.map(({ file, lines }, i) => {
    const { name, bound, software } = templates[i] as Template;
    const files = [file, ...new Set(lines.map((range) => range.file).filter((each) => each !== file))];
    return { name, bound, module: moduleOf(file, bound.cell, software), files, software };
  });
  const forAll = new Set(kernels.flatMap(({ files, software }) => (software ? [] : files)));
  const textModule = (file: string) => `texts-${moduleOf(file, undefined, !forAll.has(file))}`;
  const files = [...new Set(kernels.flatMap((kernel) => kernel.files))].sort();
  const texts = new Map(files.map((file) => [file, withoutComments(textOf(file))]));
  const modules = new Map<string, string>();

  for (const [module, own] of groupBy(files, textModule)) {
    const constants = own.map(
      (file) =>
        `export const ${constantOf(file)}: KernelText = {\n  file: "${file}",\n  text: ${literal(texts.get(file) as string)},\n};\n`,
    );
    modules.set(module, `${head}import type { KernelText } from "../join.ts";\n\n${constants.join("\n")}`);
  }
  for (const [module, own] of groupBy(kernels, (kernel) => kernel.module)) {
    const used = groupBy([...new Set(own.flatMap((kernel) => kernel.files))].sort(), textModule);
    const imports = [...used].map(
      ([from, each]) => `import { ${each.map(constantOf).join(", ")} } from "./${from}.ts";\n`,
    );
    const constants = own.map(({ name, files, bound }) => {
      const meaning = Object.keys(bound).length > 0 ? `, ${JSON.stringify(bound)}` : "";
      return `export const ${name}: Kernel = /* @__PURE__ */ new Kernel("${name}", [${files.map(constantOf).join(", ")}]${meaning});\n`;
    });
    modules.set(
      module,
      `${head}import { Kernel } from "../kernel.ts";\n${imports.sort().join("")}\n${constants.join("")}`,
    );
  }
  const names = [...new Set(kernels.map(({ module }) => module))].sort();
  const spread = names.map((name) => `  ...${variable(name)},\n`).join("");
  const all = names.map((name) => `import * as ${variable(name)} from "./${name}.ts";\n`).join("");
  modules.set("all", `${head}${all}\n/** Every kernel by its name. */\nexport const kernels = {\n${spread}};\n`);
  modules.set(
    "hash",
    `${head}\n/** Differs where a kernel does: what was measured with other kernels does not count. */\nexport const kernelsHash = "${hashOf([...modules])}";\n`,
  );
  return new Map([...modules].map(([name, text]) => [`${name}.ts`, text]));
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
