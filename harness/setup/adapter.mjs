// Chooses the WebGPU adapter that the programs of this run get, and the environment that gives it to them.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { ensurePackages } from "./packages.mjs";
import { root } from "./paths.mjs";
import { SetupError } from "./say.mjs";
import { unpackOnce } from "./unpack.mjs";

/**
 * @typedef {"hardware" | "software" | "auto"} AdapterChoice
 * @typedef {{ vendor: string, architecture: string, device: string, description: string, isFallbackAdapter: boolean }} AdapterInfo
 * @typedef {{ kind: "hardware" | "software", environment: Record<string, string>, packaged: boolean }} Adapter
 *   `environment` is what to set for a child process; `packaged` says that it is the SwiftShader of the npm package
 */

/** The name by which drivers without a GPU are known, for those that do not say that they are a fallback. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/**
 * @param {AdapterChoice} choice `auto`: a GPU if one answers
 * @returns {Promise<Adapter>}
 */
export async function chooseAdapter(choice) {
  await ensurePackages("run");
  const system = choice === "software" && hasPackagedDriver() ? null : await probe({});
  const isHardware = system !== null && !isSoftware(system);
  if (choice !== "software" && isHardware) return { kind: "hardware", environment: {}, packaged: false };
  if (choice === "hardware") throw new SetupError("no hardware WebGPU adapter answers; try --adapter software");
  if (hasPackagedDriver()) return { kind: "software", environment: await softwareEnvironment(), packaged: true };
  // Windows has a software adapter of its own (WARP), other Linux processors may have Mesa's.
  if (system !== null && !isHardware) return { kind: "software", environment: {}, packaged: false };
  throw new SetupError(
    choice === "software"
      ? `there is no packaged software adapter for ${process.platform} ${process.arch}, only for Linux on x64; leave out --adapter software to use this machine's GPU`
      : `no WebGPU adapter answers, and there is no packaged software adapter for ${process.platform} ${process.arch}, only for Linux on x64`,
  );
}

/** @type {Promise<Adapter> | undefined} */
let ofThisRun;

/** The adapter that SEQGRAD_ADAPTER chooses for everything in this process. */
export function adapterOfThisRun() {
  ofThisRun ??= chooseAdapter(parseAdapterChoice(process.env.SEQGRAD_ADAPTER));
  return ofThisRun;
}

/** Has everything in this process run on this one. @param {Adapter} adapter */
export function useAdapter(adapter) {
  ofThisRun = Promise.resolve(adapter);
}

/** Reads a choice as an option or the environment gives it. @param {string | undefined} text @returns {AdapterChoice} */
export function parseAdapterChoice(text) {
  if (text === undefined || text === "") return "auto";
  if (text === "hardware" || text === "software" || text === "auto") return text;
  throw new SetupError(`--adapter: expected hardware, software or auto, got "${text}"`);
}

const hasPackagedDriver = () => process.platform === "linux" && process.arch === "x64";

/** What the environment of a process must say for its Vulkan to be the packaged SwiftShader. */
async function softwareEnvironment() {
  await ensurePackages("software");
  const folder = await unpackOnce("software adapter", ["swiftshader.tar.br"]);
  return {
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
    VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json"),
  };
}

/** @param {AdapterInfo} info */
const isSoftware = (info) =>
  info.isFallbackAdapter || softwareNames.test(`${info.vendor} ${info.device} ${info.description}`);

/**
 * @param {Record<string, string>} environment
 * @returns {Promise<AdapterInfo | null>} null also where the driver fails: such a machine has no adapter for us
 */
function probe(environment) {
  return new Promise((resolve) => {
    const script = join(root, "harness", "setup", "probe.mjs");
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "ignore"], timeout: 30_000 });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.on("error", () => resolve(null));
    child.on("close", (code) => resolve(code === 0 ? JSON.parse(output) : null));
  });
}
