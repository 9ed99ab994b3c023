import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { generateKernels } from "../harness/kernels/generate.ts";
import { cache, root } from "../harness/setup/paths.mjs";
import { type EarlierCommit, fromEarlierCommit } from "./against.ts";
import { peersFolder } from "./peers/install.ts";

/** What ONNX Runtime loads by itself, under the names by which they are served. */
const wasmFiles = {
  "ort-wasm-simd-threaded.asyncify.mjs": "onnx.js",
  "ort-wasm-simd-threaded.asyncify.wasm": "onnx.wasm",
};

let once: Promise<string> | undefined;

/** Bundles the benchmark for all hosts: page.js, node.js and deno.js. Gives their folder, which this process removes. */
export function bundleBench(peers: boolean, earlier?: EarlierCommit): Promise<string> {
  once ??= bundle(peers, earlier);
  return once;
}

async function bundle(peers: boolean, earlier: EarlierCommit | undefined): Promise<string> {
  generateKernels();
  const folder = join(cache, "bench", String(process.pid));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: ["page", "node", "deno"].map((name) => ({ in: join(root, "bench", "page", `${name}.ts`), out: name })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["browser", "module", "main"],
    conditions: ["browser", "import", "default"],
    target: "es2022",
    external: ["webgpu", "node:*"],
    plugins: [fromPeers(peers), fromEarlierCommit(earlier)],
    logLevel: "error",
    absWorkingDir: root,
  });
  if (peers) {
    const dist = join(peersFolder, "node_modules", "onnxruntime-web", "dist");
    for (const [file, served] of Object.entries(wasmFiles)) copyFileSync(join(dist, file), join(folder, served));
  }
  return folder;
}

/**
 * Peers come from the benchmark's own folder, also where the project has a package of the same name: TensorFlow.js's parts
 * must all see one core. Without peers they are left outside; nobody loads them then.
 */
function fromPeers(installed: boolean): Plugin {
  return {
    name: "peers",
    setup(context) {
      const filter = /^(@tensorflow\/|@jax-js\/|onnxruntime-)/;
      context.onResolve({ filter }, ({ path, kind, pluginData }) => {
        if (pluginData === "peers") return undefined;
        if (!installed) return { path, external: true };
        return context.resolve(path, { resolveDir: peersFolder, kind, pluginData: "peers" });
      });
      // Node's modules that TensorFlow.js asks for only in Node.
      context.onResolve({ filter: /^(crypto|node-fetch|string_decoder|util|fs|os)$/ }, ({ path }) => ({
        path,
        external: true,
      }));
    },
  };
}
