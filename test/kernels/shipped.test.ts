// The texts that are shipped say what the files in kernels/ say, and their kernels are the same.
import { expect, test } from "vitest";
import { minify } from "../../harness/kernels/minify.ts";
import { modulesOf } from "../../harness/kernels/modules.ts";
import { readKernels, readText } from "../../harness/kernels/read.ts";
import { root } from "../../harness/setup/paths.mjs";
import { kernels } from "../../src/kernels/generated/all.ts";
import { joinKernel } from "../../src/kernels/join.ts";
import { manifestOf } from "../../src/kernels/kernel.ts";

const read = readKernels();
const textOf = (file: string) => readText(file, root) as string;

/** WGSL's words, numbers and operators, the longest first. */
const token = /\/\/.*|[\w.]+|<<=|>>=|->|&&|\|\||<<|>>|[<>=!+\-*/%&|^]=|\+\+|--|\S/g;

test("a text without its spaces is the same to a compiler", () => {
  const line = "  let x = a - -b+ 1.5 * vec2<f32> ( c , d ) ; // @specialize";
  expect(minify(line)).toBe("let x=a- -b+1.5*vec2<f32>(c,d); // @specialize");
  expect(minify("// @use lib/linear.wgsl")).toBe("// @use lib/linear.wgsl");
  for (const kernel of Object.values(kernels)) {
    const { source, name } = kernel.manifest;
    const shipped = minify(source);
    expect(shipped.match(token), name).toEqual(source.match(token));
    expect(shipped.split("\n").length, name).toBe(source.split("\n").length);
  }
});

test("the runtime reads the shipped kernels as it reads the files", () => {
  read.manifests.forEach(({ file, name }, i) => {
    const bound = read.templates[i]?.bound;
    const joined = joinKernel(file, (each) => minify(kernelText(each)), bound);
    const { source: _, ...shipped } = manifestOf(name, file, joined);
    const { source: __, ...own } =
      (kernels as Readonly<Record<string, (typeof kernels)["fill"]>>)[name]?.manifest ?? {};
    expect(shipped).toEqual(own);
  });
});

const texts = new Map(
  [...modulesOf(read, textOf).values()].flatMap((module) =>
    [...module.matchAll(/file: "([^"]+)",\n {2}text: `([^`]*)`/g)].map(([, file, text]) => [file, text] as const),
  ),
);
const kernelText = (file: string) => texts.get(file) as string;

test("each kernel and each text that several have is a module of its own", () => {
  const modules = modulesOf(read, textOf, { isFine: true });
  const exported = [...modules.values()].flatMap((module) =>
    [...module.matchAll(/^export const (\w+): Kernel(?:Parts|Text)? =/gm)].map(([, name]) => name),
  );
  expect(exported).toEqual(expect.arrayContaining(Object.keys(kernels)));
  for (const [path, module] of modules) {
    if (path.endsWith("-software.ts")) expect(module, path).not.toMatch(/^import \{ Kernel/m);
    if (path.startsWith("texts/")) expect(module.match(/^export const/gm), path).toHaveLength(1);
  }
});
