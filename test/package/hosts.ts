// The installed package in each host, as a user's first program has it, and what it says where something is missing.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { launchBrowser } from "../../harness/hosts/browser.ts";
import { deno, runDeno } from "../../harness/hosts/deno-process.ts";
import { type ProcessResult, runProcess } from "../../harness/hosts/process.ts";
import { serve } from "../../harness/hosts/serve.ts";
import { adapterOfThisRun } from "../../harness/setup/adapter.mjs";
import { root } from "../../harness/setup/paths.mjs";
import { decodeSafetensors } from "../../src/io/index.ts";
import { blocksOf, textOf } from "../docs/blocks.ts";
import type { Installed } from "./install.ts";

/** What a user of the package might write first. `say` is the host's way of printing. */
const program = (from: string, say: string) => `
import { float32, losses, nn, openDevice, optim, Trainer } from ${JSON.stringify(from)};
const device = await openDevice();
// the second runs step by step, in parts of the package that are fetched for it
const model = [new nn.LSTM(2, 3), new nn.LSTM(3, 3, { peephole: true })];
const trainer = await Trainer.create(device, model, {
  inputs: { x: float32([2, 4, 2]), y: float32([2, 4, 3]) },
  loss: ({ x, y }) => losses.meanSquaredError(model.reduce((values, layer) => layer.forward(values)[0], x), y),
  optimizer: optim.sgd({ learningRate: 0.5 }),
});
const data = { x: new Float32Array(16).fill(0.5), y: new Float32Array(24).fill(0.25) };
const first = await trainer.step(data);
for (let i = 0; i < 20; i++) await trainer.step(data);
const last = await trainer.step(data);
${say}("adapter: " + device.adapter.name + (last.loss < first.loss ? " learned" : " did not learn"));
device.dispose();
`;
const adapterLine = /^adapter: \S.* learned$/m;

export function testHosts(get: () => Installed): void {
  test("runs in Node", async () => {
    const { folder } = get();
    writeFileSync(join(folder, "main.js"), `${program("seqgrad", "console.log")}process.exit(0);\n`);
    const { environment } = await adapterOfThisRun();
    const result = await runProcess(process.execPath, ["main.js"], { cwd: folder, environment });
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(adapterLine) });
  });

  test("parts by themselves are those of the whole, in Node", async () => {
    const { folder } = get();
    const code = `import { CharTokenizer, losses, nn, optim } from "seqgrad";
import { LSTM } from "seqgrad/nn";
import { crossEntropy } from "seqgrad/losses";
import { adam } from "seqgrad/optim";
import * as data from "seqgrad/data";
console.log(data.CharTokenizer === CharTokenizer, LSTM === nn.LSTM, crossEntropy === losses.crossEntropy, adam === optim.adam);
`;
    writeFileSync(join(folder, "parts.js"), code);
    const result = await runProcess(process.execPath, ["parts.js"], { cwd: folder });
    expect(result).toMatchObject({ code: 0, stdout: "true true true true\n" });
  });

  /** Runs a program in a folder that has the package, and besides it what `prepare` puts into node_modules. */
  async function runBeside(code: string, prepare: (modules: string) => void = () => {}): Promise<ProcessResult> {
    const { folder, installed } = get();
    const bare = mkdtempSync(`${folder}-bare`);
    const modules = join(bare, "node_modules");
    mkdirSync(modules);
    cpSync(installed, join(modules, "seqgrad"), { recursive: true });
    prepare(modules);
    writeFileSync(join(bare, "main.mjs"), code);
    const nowhere = join(bare, "no-driver.json");
    try {
      return await runProcess(process.execPath, ["main.mjs"], { cwd: bare, environment: { VK_DRIVER_FILES: nowhere } });
    } finally {
      rmSync(bare, { recursive: true });
    }
  }

  const opening = 'import { openDevice } from "seqgrad"; await openDevice();';
  const real = (name: string) => join(root, "node_modules", name);

  test.each<[what: string, prepare: (modules: string) => void, remedy: RegExp]>([
    [
      "`webgpu` is not installed",
      () => {},
      /UnsupportedError: openDevice: there is no WebGPU here: .*npm install webgpu/,
    ],
    [
      "`webgpu` is installed and there is no GPU",
      (modules) => {
        for (const name of ["webgpu", "debug", "ms"]) symlinkSync(real(name), join(modules, name), "junction");
      },
      process.platform === "linux"
        ? /no GPU adapter answers.*Vulkan driver.*VK_DRIVER_FILES/
        : /graphics driver|learned/,
    ],
    [
      "the binary of `webgpu` does not load",
      (modules) => {
        const folder = join(modules, "webgpu");
        const binary = join(
          folder,
          "dist",
          `${process.platform}-${process.platform === "darwin" ? "universal" : process.arch}`,
        );
        mkdirSync(binary, { recursive: true });
        for (const name of ["package.json", "index.js"]) cpSync(join(real("webgpu"), name), join(folder, name));
        writeFileSync(join(binary, "dawn.node"), "no library");
      },
      /the webgpu package does not load on \w+ \w+ \(.*dawn\.node.*\); reinstall it/,
    ],
    [
      "`webgpu` has no binary for this system",
      (modules) => {
        mkdirSync(join(modules, "webgpu"));
        for (const name of ["package.json", "index.js"])
          cpSync(join(real("webgpu"), name), join(modules, "webgpu", name));
      },
      /the webgpu package does not load on \w+ \w+ \(Cannot find module .*dawn\.node.*\); reinstall it, or use a system/,
    ],
  ])("says in Node what to do where %s", async (_, prepare, remedy) => {
    const { code, stderr } = await runBeside(opening, prepare);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(remedy);
    expect(stderr.length).toBeLessThan(3000);
  });

  test("an error that nobody catches is short", async () => {
    const code = 'import { matmul, zeros } from "seqgrad"; matmul(zeros([2, 3]), zeros([4, 5]));';
    const { code: exit, stderr } = await runBeside(code);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^ShapeError: matmul: /m);
    // line and column of the user's own call are there
    expect(stderr).toMatch(/main\.mjs:1:42/);
    expect(stderr.length).toBeLessThan(3000);
  });

  test("the page of docs/hosts.md, without a bundler, trains", async () => {
    const [html] = blocksOf(textOf("docs/hosts.md")).filter(({ language }) => language === "html");
    const icon = '<link rel="icon" href="data:," />';
    const server = await serve(get().installed, { "/": html?.code.replace("<script", `${icon}<script`) ?? "" });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const losses: number[] = [];
      const ended = new Promise<void>((resolve, reject) => {
        page.on("console", (message) => {
          if (message.type() === "error") reject(new Error(message.text()));
          losses.push(Number(/^step \d+: loss (\d\.\d+)$/.exec(message.text())?.[1]));
          if (losses.length === 20) resolve();
        });
        page.on("pageerror", reject);
      });
      await page.goto(server.origin);
      await ended;
      expect(losses[19]).toBeLessThan((losses[0] as number) / 2);
    } finally {
      await browser.close();
      server.close();
    }
  });

  test("the script for Deno runs as its user runs it, with the permission that the README gives it and no other", async () => {
    const command = "deno run --allow-write=sine.safetensors sine.ts";
    const name = "sine.ts";
    const script = join(root, "examples", "deno", name);
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain(`\n${command}\n`);
    expect(readFileSync(script, "utf8")).toContain(`//   ${command}\n`);
    const project = mkdtempSync(`${get().folder}-deno`);
    mkdirSync(join(project, "node_modules"));
    symlinkSync(get().installed, join(project, "node_modules", "seqgrad"), "junction");
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", dependencies: { seqgrad: "*" } }));
    cpSync(script, join(project, name));
    try {
      const { code, stdout, stderr } = await deno(command.split(" ").slice(1), { cwd: project });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const [first = 0, last = 1] = [...stdout.matchAll(/loss (\d\.\d+)/g)]
        .map(([, loss]) => Number(loss))
        .filter((_, i) => i % 3 === 0);
      expect(last).toBeLessThan(first / 10);
      const { tensors } = decodeSafetensors(readFileSync(join(project, "sine.safetensors")));
      expect([...tensors.keys()]).toContain("rnn.weight_ih_l0");
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  test("runs in Deno", async () => {
    const { folder } = get();
    const script = join(folder, "main.ts");
    writeFileSync(script, `${program("./node_modules/seqgrad/dist/index.js", "console.log")}Deno.exit(0);\n`);
    const result = await runDeno(script, { cwd: folder });
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(adapterLine) });
  });
}
