/** Installs the peers into a folder of the cache: the project's own packages never see them. */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../harness/setup/lock.mjs";
import { cache, root } from "../../harness/setup/paths.mjs";
import { SetupError, say } from "../../harness/setup/say.mjs";
import type { PeerName } from "../types.ts";

const source = join(root, "bench", "peers");
export const peersFolder = join(cache, "bench-peers");
const lock = "package-lock.json";

/** Written when all is there: the lock by which it was installed. */
const stamp = join(peersFolder, "installed");

const read = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined);

export const arePeersInstalled = (): boolean => read(stamp) === read(join(source, lock));

export async function installPeers(): Promise<void> {
  if (arePeersInstalled()) return;
  mkdirSync(cache, { recursive: true });
  await withLock(`${peersFolder}.lock`, async () => {
    if (arePeersInstalled()) return;
    say("installing what the benchmark compares with (npm ci)");
    rmSync(stamp, { force: true });
    mkdirSync(peersFolder, { recursive: true });
    for (const file of ["package.json", lock]) copyFileSync(join(source, file), join(peersFolder, file));
    copyFileSync(join(root, ".npmrc"), join(peersFolder, ".npmrc"));
    // TensorFlow.js's packages ask for each other in ways that npm's strict resolution refuses.
    await npm(["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]);
    writeFileSync(stamp, read(join(source, lock)) ?? "");
  });
}

function npm(args: readonly string[]): Promise<void> {
  const script = process.env.npm_execpath;
  const [command, before] = script?.endsWith("npm-cli.js") ? [process.execPath, [script]] : ["npm", []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd: peersFolder,
      stdio: ["ignore", "ignore", "pipe"],
      shell: command === "npm" && process.platform === "win32",
    });
    let output = "";
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => reject(new SetupError(`npm could not be started: ${error.message}`)));
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new SetupError(`the benchmark's peers could not be installed: ${output.trim()}`)),
    );
  });
}

const packages: Readonly<Record<PeerName, string>> = {
  tfjs: "@tensorflow/tfjs-backend-webgpu",
  jax: "@jax-js/jax",
  onnx: "onnxruntime-web",
};

/** Version of each peer, by the lock. */
export function peerVersions(peers: readonly PeerName[]): Partial<Record<PeerName, string>> {
  const locked = JSON.parse(read(join(source, lock)) ?? "{}").packages as Record<string, { version: string }>;
  return Object.fromEntries(
    peers.map((peer) => [peer, `${packages[peer]} ${locked[`node_modules/${packages[peer]}`]?.version}`]),
  );
}
