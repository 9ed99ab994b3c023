// How much of the package two bundlers put into a program.
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import type { Installed } from "./install.ts";

/** Kilobytes (10³), minified and compressed by gzip. */
interface Size {
  /** What is fetched where there is a GPU. */
  readonly gpu: number;
  /** With the kernels for software adapters. */
  readonly software: number;
  /** With what measures, profiles and looks for what went wrong. */
  readonly all: number;
}

interface Chunk {
  readonly code: string | Uint8Array;
  readonly imports: readonly string[];
  readonly later: readonly string[];
}

/** Trains an LSTM classifier. */
const training = `
import { float32, int32, openDevice, Trainer } from "seqgrad";
import { crossEntropy } from "seqgrad/losses";
import { Linear, LSTM, Module } from "seqgrad/nn";
import { adam } from "seqgrad/optim";
class Classifier extends Module {
  rnn = new LSTM(8, 32);
  head = new Linear(32, 4);
  forward(x) {
    return this.head.forward(this.rnn.forward(x)[0]);
  }
}
const device = await openDevice();
const model = new Classifier();
const trainer = await Trainer.create(device, model, {
  inputs: { x: float32([4, 16, 8]), targets: int32([4, 16]) },
  loss: ({ x, targets }) => crossEntropy(model.forward(x), targets),
  optimizer: adam(),
});
const { loss } = await trainer.step({ x: new Float32Array(512), targets: new Int32Array(64) });
document.body.textContent = loss;
`;

const everything = 'import * as seqgrad from "seqgrad";\nglobalThis.seqgrad = seqgrad;\n';

const bundlers: Readonly<Record<string, (entry: string, folder: string) => Promise<Map<string, Chunk>>>> = {
  async esbuild(entry, folder) {
    const { outputFiles, metafile } = await build({
      ...{ entryPoints: [entry], absWorkingDir: folder, outdir: "out", write: false, metafile: true },
      ...{ bundle: true, splitting: true, minify: true, format: "esm", platform: "browser", target: "es2022" },
      logLevel: "error",
    });
    const files = Object.entries(metafile.outputs).map(([path, { imports }]): [string, Chunk] => {
      const of = (kind: string) => imports.filter((each) => each.kind === kind).map((each) => basename(each.path));
      const { contents } = outputFiles.find((file) => basename(file.path) === basename(path)) as {
        contents: Uint8Array;
      };
      return [basename(path), { code: contents, imports: of("import-statement"), later: of("dynamic-import") }];
    });
    return new Map(files);
  },
  async rolldown(entry, folder) {
    const bundle = await rolldown({ input: entry, cwd: folder, platform: "browser", logLevel: "warn" });
    const { output } = await bundle.generate({ format: "esm", minify: true });
    const files = output.flatMap((each): [string, Chunk][] =>
      each.type === "chunk"
        ? [[each.fileName, { code: each.code, imports: each.imports, later: each.dynamicImports }]]
        : [],
    );
    return new Map(files);
  },
};

function sizeOf(chunks: ReadonlyMap<string, Chunk>, entry: string): Size {
  const reach = (next: (chunk: Chunk) => readonly string[]): number => {
    const reached = new Set([entry]);
    // a set visits what is added to it on the way
    for (const name of reached) for (const each of next(chunks.get(name) as Chunk)) reached.add(each);
    return [...reached].reduce((sum, name) => sum + gzipSync((chunks.get(name) as Chunk).code).length, 0) / 1000;
  };
  return {
    gpu: reach(({ imports }) => imports),
    software: reach(({ imports, later }) => [...imports, ...later.filter((name) => name.includes("-software"))]),
    all: reach(({ imports, later }) => [...imports, ...later]),
  };
}

export function testSize(get: () => Installed): void {
  test.each([
    ["a program that trains an LSTM", training, { gpu: 101.2, software: 107.5, all: 160.4 }],
    ["everything", everything, { gpu: 215.6, software: 227.7, all: 269.3 }],
  ])("%s is small", async (what, code, most) => {
    const { folder } = get();
    writeFileSync(join(folder, "size.js"), code);
    for (const [name, bundle] of Object.entries(bundlers)) {
      const size = sizeOf(await bundle(join(folder, "size.js"), folder), "size.js");
      const figures = Object.entries(size).map(([kind, kilobytes]) => `${kind} ${kilobytes.toFixed(1)} KB`);
      console.log(`${what}, ${name}: ${figures.join(", ")}`);
      for (const kind of ["gpu", "software", "all"] as const) {
        expect.soft(size[kind], `${name}, ${kind}`).toBeLessThanOrEqual(most[kind]);
      }
    }
  });
}
