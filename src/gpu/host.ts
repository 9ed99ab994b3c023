// Where a host's GPU comes from, and what to tell its user where none does.

/** The host's WebGPU, or why there is none and what to do about it: `what; remedy`. */
export type HostGpu = GPU | { readonly missing: string };

export interface Host {
  gpu(): HostGpu | Promise<HostGpu>;
  /** What to do where there is WebGPU, but no adapter. */
  noAdapter(): string;
}

interface Globals {
  readonly Deno?: { readonly build: { readonly os: string } };
  readonly process?: { readonly versions?: { readonly node?: string } };
  /** Pages and workers alone have it. */
  readonly isSecureContext?: boolean;
  readonly location?: { readonly origin: string };
}

const globals = globalThis as unknown as Globals;

/** Browsers, their workers, Deno. */
const navigatorHost: Host = {
  gpu() {
    const gpu = globalThis.navigator?.gpu;
    if (gpu) return gpu;
    if (globals.Deno) return { missing: "Deno has no navigator.gpu; update Deno, or start it with --unstable-webgpu" };
    if (globals.isSecureContext === false) {
      return {
        missing: `${globals.location?.origin ?? "this page"} is no secure context, and browsers give WebGPU to no other; serve the page over HTTPS or from localhost`,
      };
    }
    if (globals.isSecureContext === undefined && globals.process?.versions?.node) {
      return { missing: "Node has none of its own; import seqgrad/node and install webgpu (npm install webgpu)" };
    }
    return {
      missing:
        "this browser has no navigator.gpu; use one with WebGPU (Chrome or Edge 113, Firefox 141, Safari 26 or later), and turn it on in its settings where it is off",
    };
  },
  noAdapter: () =>
    globals.Deno
      ? driverRemedy(globals.Deno.build.os)
      : "turn on hardware acceleration in the browser's settings and update the graphics driver; in Chrome and Edge chrome://gpu says what keeps WebGPU off",
};

/** What a machine needs whose WebGPU finds no adapter, by Node's name of its system. */
export function driverRemedy(platform: string | undefined): string {
  return platform === "linux"
    ? "install the GPU's Vulkan driver, or, where there is no GPU, a software one (SwiftShader, or lavapipe of Mesa 25 or later), and let VK_DRIVER_FILES name its .json file"
    : "install or update the graphics driver";
}

let host: Host = navigatorHost;

/** Node plugs the `webgpu` package in here. */
export function setHost(given: Host): void {
  host = given;
}

export const currentHost = (): Host => host;
