// The package's declarations, checked by the oldest TypeScript that is supported, a later one and the newest, with nothing
// skipped.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";
import type { Installed } from "./install.ts";

const program = `import { Device, encodeSafetensors, fileTuning, float32, int32, losses, nn, openDevice, optim, Trainer } from "seqgrad";
import { fileTuning as forNode } from "seqgrad/node";
import { LSTM } from "seqgrad/nn";
import { crossEntropy } from "seqgrad/losses";
import { adam } from "seqgrad/optim";
import { Batches, type Shaped } from "seqgrad/data";
class Model extends nn.Module {
  rnn = new nn.LSTM(2, 3);
}
using device: Device = await openDevice({ adapter: "auto", tuning: fileTuning("tuning.json") });
export const stores = [fileTuning, forNode];
export const name: string = device.adapter.name;
const model = new Model();
const trainer = await Trainer.create(device, model, {
  inputs: { x: float32([2, 4, 2]), y: float32([2, 4, 3]) },
  loss: ({ x, y }) => losses.meanSquaredError(model.rnn.forward(x)[0], y),
  optimizer: optim.sgd({ learningRate: 0.5 }),
});
export const { loss }: { loss: number } = await trainer.step({ x: [[[1]]], y: new Float32Array(3) });
const varying = await Trainer.create(device, model, {
  inputs: { x: float32(["batch", "time", 2]), n: int32(["batch"], { default: 0 }) },
  carry: { state: model.rnn.stateSpec("batch") },
  sizes: { time: { buckets: [8, 16], lengths: "n" } },
  loss: ({ x, n, state: { h, c } }) => {
    const [y, next] = model.rnn.forward(x, { h, c }, { lengths: n });
    return { loss: losses.meanSquaredError(y, y), carry: { state: next } };
  },
  optimizer: optim.adam(),
});
await varying.prepare({ batch: 2, time: 8 });
await varying.step({ x: [[[1, 2]]] });
// @ts-expect-error: a size is missing
await varying.prepare({ batch: 2 });
// @ts-expect-error: no extent has that name
await varying.prepare({ batch: 2, time: 8, width: 1 });
export const bytesOfAll: number = varying.programs.sharedBytes;
await Trainer.create(device, model, {
  inputs: { x: float32(["batch", 4, 2]) },
  // @ts-expect-error: nor of these
  sizes: { time: { buckets: [8], lengths: "x" } },
  loss: ({ x }) => losses.meanSquaredError(model.rnn.forward(x)[0], x),
  optimizer: optim.adam(),
});
const batch = new Batches({ x: [[1], [2, 3]], y: Int32Array.of(0, 1) }, { batchSize: 2, lengths: { x: "n" } }).next();
export const [x, y, n]: Shaped[] = [batch.x, batch.y, batch.n];
// @ts-expect-error: a batch has no such field
batch.z;
export const same: [typeof nn.LSTM, typeof losses.crossEntropy, typeof optim.adam] = [LSTM, crossEntropy, adam];
export const bytes: Uint8Array = encodeSafetensors(await trainer.stateDict());
// @ts-expect-error: only openDevice makes devices
new Device();
// @ts-expect-error: a device has no such thing
device.frobnicate();
// @ts-expect-error: nor is what drives the GPU anyone's business
device.gpu;
// @ts-expect-error
trainer.replay;
`;

/** Where neither the browser's types nor Node's are. */
const globals = "interface AbortSignal { readonly aborted: boolean }\n";

export function testTypes(get: () => Installed): void {
  async function check(typescript: string, module: string, resolution: string, lib: string): Promise<void> {
    const { folder } = get();
    writeFileSync(join(folder, "types.ts"), program);
    writeFileSync(join(folder, "globals.d.ts"), globals);
    const files = lib.includes("dom") ? ["types.ts"] : ["types.ts", "globals.d.ts"];
    const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--lib", lib];
    const tsc = join(root, "node_modules", typescript, "bin", "tsc");
    const args = [tsc, ...options, "--module", module, "--moduleResolution", resolution, ...files];
    expect(await runProcess(process.execPath, args, { cwd: folder })).toMatchObject({ code: 0, stdout: "" });
  }

  // every way of resolving modules with the newest, and one with each of the others, which are slow; attw does the rest
  test.concurrent.each([
    ["typescript-5.4", "esnext", "bundler", "es2022"],
    ["typescript-5.9", "nodenext", "nodenext", "es2022"],
    ["typescript", "esnext", "bundler", "es2022,dom"],
    ["typescript", "node16", "node16", "es2022,dom"],
    ["typescript", "nodenext", "nodenext", "es2022"],
  ])("%s, %s, %s, %s: a strict program", (...options) => check(...options));

  test("they say nothing of WebGPU's objects, nor of what drives them", () => {
    const types = join(get().installed, "dist", "types");
    const names = readdirSync(types, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"));
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/replay|pipeline|staging/)]));
    for (const name of names) {
      const code = readFileSync(join(types, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(code, name).not.toMatch(/\bGPU[A-Z]\w*/);
    }
  });

  test("the README's programs and the examples need nothing else", async () => {
    const { folder, installed } = get();
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const programs = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => `${code}\nexport {};\n`);
    const written = join(folder, "readme");
    mkdirSync(written);
    for (const [i, code] of programs.entries()) writeFileSync(join(written, `${i + 1}.ts`), code);
    const types = [join(installed, "dist", "types", "index.d.ts")];
    const config = {
      extends: join(root, "tsconfig.json"),
      include: [join(written, "*.ts"), join(root, "examples")],
      compilerOptions: {
        typeRoots: [join(root, "node_modules", "@types")],
        types: ["node"],
        paths: { seqgrad: types, "npm:seqgrad": types },
      },
    };
    writeFileSync(join(folder, "readme.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const result = await runProcess(process.execPath, [tsc, "-p", "readme.json"], { cwd: folder });
    expect(result).toMatchObject({ code: 0, stdout: "" });
  });
}
