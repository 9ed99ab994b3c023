// What openDevice says where there is no GPU: the remedy must be the true one for the host at hand.
import { afterEach, expect, test, vi } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { openDevice } from "../../src/index.ts";

afterEach(() => vi.unstubAllGlobals());

const noAdapter = { requestAdapter: async () => null };

test.each<[what: string, globals: Record<string, unknown>, message: RegExp]>([
  [
    "a page that is no secure context",
    { isSecureContext: false, location: { origin: "http://192.168.1.7:8000" } },
    /^openDevice: there is no WebGPU here: http:\/\/192\.168\.1\.7:8000 is no secure context.*; serve the page over HTTPS or from localhost$/,
  ],
  ["a browser without WebGPU", { isSecureContext: true }, /this browser has no navigator\.gpu; use one with WebGPU/],
  [
    "a browser whose WebGPU is off",
    { isSecureContext: true, navigator: { gpu: noAdapter } },
    /^openDevice: no GPU adapter answers.*; turn on hardware acceleration in the browser's settings/,
  ],
  ["Deno without WebGPU", { Deno: { build: { os: "linux" } } }, /; update Deno, or start it with --unstable-webgpu$/],
  [
    "Deno on a machine without a Vulkan driver",
    { Deno: { build: { os: "linux" } }, navigator: { gpu: noAdapter } },
    /no GPU adapter answers.*; install the GPU's Vulkan driver, or.*VK_DRIVER_FILES/,
  ],
  [
    "Deno on a machine whose driver does not answer",
    { Deno: { build: { os: "windows" } }, navigator: { gpu: noAdapter } },
    /no GPU adapter answers.*; install or update the graphics driver$/,
  ],
  ["Node with the browsers' bundle", {}, /; import seqgrad\/node and install webgpu \(npm install webgpu\)$/],
])("%s", async (_, globals, message) => {
  vi.stubGlobal("navigator", {});
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  const refused = await openDevice().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnsupportedError);
  expect((refused as Error).message).toMatch(message);
});
