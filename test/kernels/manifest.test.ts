import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compileByDawn } from "../../harness/kernels/dawn.ts";
import { compileByNaga } from "../../harness/kernels/naga.ts";
import { readKernel, readKernels } from "../../harness/kernels/read.ts";
import { describeComplaint, unitsOf } from "../../harness/kernels/unit.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { specialize } from "../../src/kernels/specialize.ts";

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "seqgrad-kernels-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function write(file: string, text: string): void {
  const path = join(base, "kernels", file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const scale = `// y = alpha x
// @use lib/twice.wgsl
// @variant small WORKGROUP_SIZE=32
// @variant long ROWS=4 Element=u32
enable f16;
override WORKGROUP_SIZE: u32 = 64u;
const ROWS: u32 = 8u; // @specialize
alias Element = f32; // @specialize
struct Params { size: u32, alpha: f32, x_offset: u32, y_offset: u32 }
@group(0) @binding(0) var<storage, read> x: array<Element>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP_SIZE, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sums: array<f32, ROWS>;
  if (id.x < params.size) { y[id.x] = vec4f(twice(f32(x[id.x])) * params.alpha + sums[0]); }
}
`;
const twice = "// @use lib/one.wgsl\nfn twice(x: f32) -> f32 {\n  return x * (ONE + ONE);\n}\n";

function writeScale(change: (text: string) => string = (text) => text): void {
  write("scale.wgsl", change(scale));
  write("lib/twice.wgsl", twice);
  write("lib/one.wgsl", "const ONE = 1.0;\n");
}

describe("a kernel's manifest", () => {
  test("has what the runtime needs", () => {
    writeScale();
    const { source, lines, ...rest } = readKernel("kernels/scale.wgsl", base);
    expect(rest).toEqual({
      name: "scale",
      file: "kernels/scale.wgsl",
      entryPoint: "main",
      bindings: [
        { name: "x", access: "read", type: "f32" },
        { name: "y", access: "read_write", type: "vec4<f32>" },
        { name: "params", access: "uniform", type: "Params" },
      ],
      params: [
        { name: "size", type: "u32", offset: 0 },
        { name: "alpha", type: "f32", offset: 4 },
        { name: "x_offset", type: "u32", offset: 8 },
        { name: "y_offset", type: "u32", offset: 12 },
      ],
      paramsSize: 16,
      overrides: ["WORKGROUP_SIZE"],
      specializations: ["ROWS", "Element"],
      workgroupSize: ["WORKGROUP_SIZE", 1],
      requires: [],
      variants: { default: {}, small: { WORKGROUP_SIZE: 32 }, long: { ROWS: 4, Element: "u32" } },
    });
    expect(source.split("\n").slice(4, 7)).toEqual(["enable f16;", "const ONE = 1.0;", "// @use lib/one.wgsl"]);
    expect(lines).toEqual([
      { file: "kernels/scale.wgsl", first: 1, count: 5 },
      { file: "kernels/lib/one.wgsl", first: 1, count: 1 },
      { file: "kernels/lib/twice.wgsl", first: 1, count: 4 },
      { file: "kernels/scale.wgsl", first: 6, count: 12 },
    ]);
  });

  test("has each variant once more for @also, where a function's result is other text", () => {
    writeScale((text) => text.replace("x[id.x]", "one(x[id.x])"));
    write(
      "lib/one.wgsl",
      "// @also half Element=vec2<u32> one=unpack2x16float(stored.x).x\nconst ONE = 1.0;\nfn one(stored: Element) -> f32 { return f32(stored); } // @specialize\n",
    );
    const kernel = readKernel("kernels/scale.wgsl", base);
    const half = { Element: "vec2<u32>", one: "unpack2x16float(stored.x).x" };
    expect(kernel.variants).toEqual({
      default: {},
      small: { WORKGROUP_SIZE: 32 },
      long: { ROWS: 4, Element: "u32" },
      small_half: { WORKGROUP_SIZE: 32, ...half },
      long_half: { ROWS: 4, ...half },
      half,
    });
    const { code } = specialize(kernel, "small_half");
    expect(code).toContain("fn one(stored: Element) -> f32 { return unpack2x16float(stored.x).x; }");
    expect(code).toContain("alias Element = vec2<u32>;");
  });

  test("has one variant for what several files call alike by @also", () => {
    writeScale((text) => text.replace("x[id.x]", "one(x[id.x]) * ONE"));
    write(
      "lib/one.wgsl",
      "// @use lib/two.wgsl\n// @also half ONE=0.5\nconst ONE = 1.0; // @specialize\nfn one(x: f32) -> f32 { return two(x); }\n",
    );
    write("lib/two.wgsl", "// @also half two=2.0*x\nfn two(x: f32) -> f32 { return x; } // @specialize\n");
    const { variants } = readKernel("kernels/scale.wgsl", base);
    expect(Object.keys(variants)).toEqual(["default", "small", "long", "small_half", "long_half", "half"]);
    expect(variants.half).toEqual({ ONE: 0.5, two: "2.0*x" });
  });

  test("has the operands that its files say in parts", () => {
    write(
      "sum.wgsl",
      "// @use lib/pair.wgsl\nstruct Params {\n  size: u32, // elements\n  alpha: f32,\n}\nvar<storage, read_write> y: array<f32>;\n@compute @workgroup_size(64)\nfn main(@builtin(global_invocation_id) id: vec3u) {\n  if (id.x < params.size) { y[params.y_offset + id.x] = params.alpha * pair(id.x); }\n}\n",
    );
    write(
      "lib/pair.wgsl",
      "struct Params {\n  size: u32, // given twice, there once\n  has_b: u32,\n}\nvar<storage, read> a: array<f32>;\nvar<storage, read> b: array<f32>;\nfn pair(i: u32) -> f32 {\n  return a[params.a_offset + i] + select(0.0, b[params.b_offset + i], params.has_b != 0u);\n}\n",
    );
    const kernel = readKernel("kernels/sum.wgsl", base);
    expect(kernel.bindings.map(({ name }) => name)).toEqual(["a", "b", "y", "params"]);
    const names = ["has_b", "a_offset", "b_offset", "y_offset", "size", "alpha"];
    expect(kernel.params.map(({ name }) => name)).toEqual(names);
    // lines stay, for errors name them
    const lines = kernel.source.split("\n");
    expect(lines[6]).toBe("fn pair(i: u32) -> f32 {");
    expect(lines[14]).toBe("@group(0) @binding(2) var<storage, read_write> y: array<f32>;");
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      "a library that is not there",
      (t) => t.replace("lib/twice", "lib/thrice"),
      /^kernels\/scale\.wgsl:2: there is no/,
    ],
    ["an unknown key", (t) => t.replace("small WORKGROUP", "small GROUP"), /^kernels\/scale\.wgsl:3: .*GROUP_SIZE/],
    ["text for an override", (t) => t.replace("SIZE=32", "SIZE=f32"), /scale\.wgsl:3: .*expected a number/],
    [
      "a variant twice",
      (t) => t.replace("variant long", "variant small"),
      /scale\.wgsl:4: variant small is declared twice/,
    ],
    ["an unknown tag", (t) => t.replace("@variant small", "@varient small"), /scale\.wgsl:3: unknown tag @varient/],
    [
      "a gap in the bindings",
      (t) => t.replace("binding(1)", "binding(3)"),
      /scale\.wgsl:1[12]: binding .*without gaps/,
    ],
    [
      "an element type that is not taken",
      (t) => t.replace("vec4<f32>>", "mat4x4f>"),
      /scale\.wgsl:11: binding y: expected array/,
    ],
    ["no Params", (t) => t.replaceAll("Params", "Parameters"), /scale\.wgsl:12: .*must be `params: Params`/],
    ["a vector in Params", (t) => t.replace("alpha: f32", "alpha: vec4f"), /scale\.wgsl:9: Params.alpha is vec4f/],
    ["no offset for a binding", (t) => t.replace("y_offset", "z_offset"), /scale\.wgsl:9: Params has no y_offset/],
    [
      "what the runtime reads otherwise",
      (t) => t.replace("@compute @workgroup_size(WORKGROUP_SIZE, 1)", "@workgroup_size(WORKGROUP_SIZE, 1) @compute"),
      /scale\.wgsl:1: entryPoint is "" for the runtime, "main" for wgsl_reflect/,
    ],
    ["too many lines", (t) => `${t}${"\n".repeat(250)}// end`, /scale\.wgsl:251: 268 lines, at most 250/],
  ])("refuses %s", (_, change, message) => {
    writeScale(change);
    expect(readKernels(base).problems).toEqual([expect.stringMatching(message)]);
  });

  test("refuses more than 8 storage bindings", () => {
    const names = Array.from({ length: 9 }, (_, index) => `b${index}`);
    const bindings = names.map(
      (name, index) => `@group(0) @binding(${index}) var<storage, read> ${name}: array<f32>;\n`,
    );
    const offsets = names.map((name) => `${name}_offset: u32`).join(", ");
    const rest = `struct Params { ${offsets} }\n@group(0) @binding(9) var<uniform> params: Params;\n`;
    write("many.wgsl", `${bindings.join("")}${rest}@compute @workgroup_size(1)\nfn main() {}\n`);
    expect(readKernels(base).problems).toEqual(["kernels/many.wgsl:9: 9 storage bindings, at most 8"]);
  });

  test("makes several kernels of one file, with what its libraries let stand", () => {
    write("cells/big.wgsl", "// @let count=two\nconst BIG = 8.0;\n");
    write("cells/small.wgsl", "// @let count=one\nconst SMALL = 1.0;\n");
    write("lib/one.wgsl", "const ONE = 1.0;\n");
    write("lib/two.wgsl", "const ONE = 1.0;\nconst TWO = 2.0;\n");
    const template = scale
      .replace("// @use lib/twice.wgsl", "// @use cells/{size}.wgsl\n// @use lib/{count}.wgsl")
      .replaceAll("twice(", "f32(");
    write("template.wgsl", `// @each size big small\n// @name {size}_scale\n${template}`);
    const { manifests, problems } = readKernels(base);
    expect(problems).toEqual([]);
    expect(manifests.map(({ name, lines }) => [name, lines.map(({ file }) => file)])).toEqual([
      [
        "big_scale",
        ["kernels/template.wgsl", "kernels/cells/big.wgsl", "kernels/lib/two.wgsl", "kernels/template.wgsl"],
      ],
      [
        "small_scale",
        ["kernels/template.wgsl", "kernels/cells/small.wgsl", "kernels/lib/one.wgsl", "kernels/template.wgsl"],
      ],
    ]);
  });

  test.each([
    ["// @each size big small", "// @use cells/{size}.wgsl", /@each without @name/],
    ["// @each size big small\n// @name {other}_scale", "", /@name: \{other\} has no \/\/ @each other/],
    ["", "// @use lib/{count}.wgsl", /\{count\} stands for nothing here; there is nothing/],
    ["// @each size big small\n// @name {size}", "// @use lib/{count}.wgsl", /stands for nothing here; there is size/],
    ["// @let count", "", /@let: expected name=value, got count/],
  ])("refuses a template of %j and %j", (head, use, message) => {
    write("template.wgsl", `${head}\n${scale.replace("// @use lib/twice.wgsl", use)}`);
    const { problems } = readKernels(base);
    expect(problems).toContainEqual(expect.stringMatching(message));
  });

  test("finds kernels in folders, and refuses two of one name", () => {
    writeScale();
    write("rows/scale.wgsl", scale);
    write("rows/lib/part.wgsl", "const TWO = 2.0;\n");
    write("rows/other.wgsl", scale);
    const { manifests, problems } = readKernels(base);
    expect(manifests.map(({ name, file }) => [name, file])).toEqual([
      ["other", "kernels/rows/other.wgsl"],
      ["scale", "kernels/rows/scale.wgsl"],
    ]);
    expect(problems).toEqual([
      expect.stringMatching(/^kernels\/scale\.wgsl:1: kernels\/rows\/scale\.wgsl has a kernel scale too/),
    ]);
  });
});

test("the runtime joins and reads of what is shipped what the files say", () => {
  const { manifests } = readKernels();
  expect(Object.keys(kernels).sort()).toEqual(manifests.map(({ name }) => name));
  const bare = (manifest: KernelManifest) => ({ ...manifest, source: manifest.source.replace(/[ \t]*\/\/.*$/gm, "") });
  for (const manifest of manifests) {
    const { [manifest.name]: shipped } = kernels as Readonly<Record<string, Kernel>>;
    expect(bare((shipped as Kernel).manifest)).toEqual(bare(manifest));
  }
});

describe("compiling", () => {
  const complaintsOf = async (change: (text: string) => string) => {
    writeScale((text) => change(text.replace("enable f16;", "")));
    const kernel = readKernel("kernels/scale.wgsl", base);
    const units = unitsOf(kernel);
    const byUnit = [await compileByDawn(units), await compileByNaga(units)];
    return byUnit.map((complaints) =>
      units.flatMap((unit) => (complaints.get(unit.id) ?? []).map((each) => describeComplaint(kernel, unit, each))),
    );
  };

  test("accepts every variant of a good kernel", async () => {
    expect(await complaintsOf((text) => text)).toEqual([[], []]);
  });

  test("names file, line and variant of an error", async () => {
    const [dawn, naga] = await complaintsOf((text) => text.replace("params.alpha", "params.beta"));
    expect(dawn?.[0]).toMatch(/^kernels\/scale\.wgsl:16: variant scale \[default\]: .*beta/);
    expect(naga?.[0]).toMatch(/^kernels\/scale\.wgsl:16: variant scale \[default\]: /);
  });

  test("finds what only some variant does wrong", async () => {
    const [dawn, naga] = await complaintsOf((text) =>
      text.replace("small WORKGROUP_SIZE=32", "small WORKGROUP_SIZE=512"),
    );
    expect(dawn).toEqual([expect.stringMatching(/variant scale \[small\]: .*workgroup_size\(512/)]);
    expect(naga?.join()).toMatch(/^(|kernels\/scale\.wgsl:\d+: variant scale \[small\]: .*)$/s);
  });
});
