import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { generateKernels } from "../harness/kernels/generate.ts";
import { cache, root } from "../harness/setup/paths.mjs";
import { type EarlierCommit, fromEarlierCommit } from "./against.ts";
import { peersFolder, peerVersions } from "./peers/install.ts";
import { type PageManifest, type PeerName, peerNames } from "./types.ts";

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
    ...shared(peers, earlier),
    entryPoints: ["page", "node", "deno"].map((name) => ({ in: join(root, "bench", "page", `${name}.ts`), out: name })),
    outdir: folder,
  });
  if (peers) copyWasm(folder);
  return folder;
}

const shared = (peers: boolean, earlier?: EarlierCommit) =>
  ({
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
  }) satisfies BuildOptions;

function copyWasm(folder: string): number {
  const dist = join(peersFolder, "node_modules", "onnxruntime-web", "dist");
  for (const [file, served] of Object.entries(wasmFiles)) copyFileSync(join(dist, file), join(folder, served));
  return Object.keys(wasmFiles).reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);
}

const peerEntries: Readonly<Record<PeerName, string>> = {
  tfjs: "bench/engines/tensorflow/index.ts",
  jax: "bench/engines/jax/index.ts",
  onnx: "bench/engines/onnx/index.ts",
};

/**
 * Writes worker.js, what it loads when it is asked for, manifest.json and the licences into a folder beside a page.
 * @param peers whether the peers are installed; else ours is alone
 */
export async function bundleForPage(folder: string, commit: string, peers: boolean): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    ...shared(peers),
    entryPoints: [{ in: join(root, "bench", "page", "worker.ts"), out: "worker" }],
    outdir: folder,
    metafile: true,
    // names stay: TensorFlow.js tells its programs apart by those of their classes
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "linked",
  });
  const wasmBytes = peers ? copyWasm(folder) : 0;
  const versions = peerVersions(peers ? peerNames : []);
  const found = Object.entries(versions).map(([peer, version]) => {
    const bytes = bytesOf(metafile, peerEntries[peer as PeerName]) + (peer === "onnx" ? wasmBytes : 0);
    return [peer, { version, bytes }];
  });
  writeFileSync(join(folder, "LICENSES.txt"), licencesOf(metafile));
  const manifest: PageManifest = { commit, peers: Object.fromEntries(found) };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
}

/** What is shipped along is others' work: name, version and licence of each package, and its text where it has one. */
function licencesOf({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
      const text = file ? readFileSync(join(root, folder, file), "utf8").trim() : "";
      return [`${name} ${version}: ${license}`, text].filter((part) => part !== "").join("\n\n");
    })
    .join("\n\n----\n\n");
}

/** Of the module that begins with `entry` and all that is loaded for it beside the worker. */
function bytesOf({ outputs }: Metafile, entry: string): number {
  const reached = (from: string | undefined, into = new Set<string>()): Set<string> => {
    if (from === undefined || into.has(from)) return into;
    into.add(from);
    for (const { path, kind } of outputs[from]?.imports ?? []) if (kind === "import-statement") reached(path, into);
    return into;
  };
  const at = (source: string) => Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source);
  const already = reached(at("bench/page/worker.ts"));
  const own = [...reached(at(entry))].filter((path) => !already.has(path));
  return own.reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
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
