import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackage } from "../harness/build.ts";
import { launchBrowser } from "../harness/hosts/browser.ts";
import { runDeno } from "../harness/hosts/deno-process.ts";
import { runProcess } from "../harness/hosts/process.ts";
import { serve } from "../harness/hosts/serve.ts";
import { adapterOfThisRun } from "../harness/setup/adapter.mjs";
import { root } from "../harness/setup/paths.mjs";

/** What a user of the package might write first. `say` is the host's way of printing. */
const program = (from: string, say: string) => `
import { float32, losses, nn, openDevice, optim, Trainer } from ${JSON.stringify(from)};
const device = await openDevice();
const model = new nn.LSTM(2, 3);
const trainer = await Trainer.create(device, model, {
  inputs: { x: float32([2, 4, 2]), y: float32([2, 4, 3]) },
  loss: ({ x, y }) => losses.meanSquaredError(model.forward(x)[0], y),
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

let folder: string;
let installed: string;

/** Packs the package and installs the tarball into a clean folder. `webgpu` is put there by hand: tests are offline. */
beforeAll(async () => {
  expect(await buildPackage()).toEqual([]);
  folder = mkdtempSync(join(tmpdir(), "seqgrad-package-"));
  installed = join(folder, "node_modules", "seqgrad");
  const { filename } = JSON.parse(await npm(root, "pack", "--json", "--pack-destination", folder))[0];
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await npm(folder, "install", "--offline", "--legacy-peer-deps", "--no-audit", "--no-fund", join(folder, filename));
  for (const name of ["webgpu", "debug", "ms"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const script = process.env.npm_execpath;
  const [command, before] = script?.endsWith("npm-cli.js") ? [process.execPath, [script]] : ["npm", []];
  const { code, stdout, stderr } = await runProcess(command, [...before, ...args], { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}

test("the tarball holds the bundles, their types and the papers, and is small", async () => {
  const [{ files, size }] = JSON.parse(await npm(root, "pack", "--json", "--dry-run"));
  const paths: string[] = files.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(expect.arrayContaining(["package.json", "LICENSE", "README.md", "CHANGELOG.md"]));
  expect(paths).toEqual(expect.arrayContaining(["dist/index.js", "dist/node.js", "dist/types/index.d.ts"]));
  const allowed = /^(package\.json|LICENSE|(README|CHANGELOG)\.md|dist\/[\w-]+\.js(\.map)?|dist\/types\/.+\.d\.ts)$/;
  expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
  expect(size).toBeLessThan(1_000_000);
});

test("nothing comes along with it", () => {
  const packages = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(packages.sort()).toEqual(["debug", "ms", "seqgrad", "webgpu"]);
});

test("runs in Node", async () => {
  writeFileSync(join(folder, "main.js"), `${program("seqgrad", "console.log")}process.exit(0);\n`);
  const { environment } = await adapterOfThisRun();
  const result = await runProcess(process.execPath, ["main.js"], { cwd: folder, environment });
  expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(adapterLine) });
});

test("says in Node what is missing where `webgpu` is not installed", async () => {
  const bare = `${folder}-bare`;
  mkdirSync(join(bare, "node_modules"), { recursive: true });
  cpSync(installed, join(bare, "node_modules", "seqgrad"), { recursive: true });
  writeFileSync(join(bare, "main.mjs"), program("seqgrad", "console.log"));
  const { code, stderr } = await runProcess(process.execPath, ["main.mjs"], { cwd: bare });
  rmSync(bare, { recursive: true });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/npm install webgpu/);
});

test("runs in a page", async () => {
  const html = `<!doctype html><script type="module">${program("/dist/index.js", "seqgradTold")}</script>`;
  const server = await serve(installed, { "/": html });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const told = new Promise<string>((resolve, reject) => {
      void page.exposeFunction("seqgradTold", resolve);
      page.on("pageerror", reject);
    });
    await page.goto(server.origin);
    expect(await told).toMatch(adapterLine);
  } finally {
    await browser.close();
    server.close();
  }
});

test("runs in Deno", async () => {
  const script = join(folder, "main.ts");
  writeFileSync(script, `${program("./node_modules/seqgrad/dist/index.js", "console.log")}Deno.exit(0);\n`);
  const result = await runDeno(script, { cwd: folder });
  expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(adapterLine) });
});

test("its types serve a strict program", async () => {
  const source = `import { openDevice, type Device } from "seqgrad";
const device: Device = await openDevice();
// @ts-expect-error: a device has no such thing
device.frobnicate();
export const name: string = device.adapter.name;
`;
  writeFileSync(join(folder, "types.ts"), source);
  const forNode = `import { fileTuning, openDevice } from "seqgrad";
await openDevice({ tuning: fileTuning("tuning.json") });
export {};
`;
  writeFileSync(join(folder, "types-node.ts"), forNode);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "--strict", "--ignoreConfig", "--target", "es2022", "--types", ""];
  for (const [kind, resolution, ...files] of [
    ["esnext", "bundler", "types.ts"],
    ["nodenext", "nodenext", "types.ts", "types-node.ts"],
  ] as const) {
    const args = [tsc, ...options, "--module", kind, "--moduleResolution", resolution, ...files];
    expect(await runProcess(process.execPath, args, { cwd: folder })).toMatchObject({ code: 0, stdout: "" });
  }
});
