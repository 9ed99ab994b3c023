// Installs the packages that a command needs, at the versions of the lock, and nothing twice.
//
// The groups are npm workspaces below harness/packages; each level takes the ones before it along, so that going up
// never removes what is there. What is installed is read from npm's own record in node_modules, so an `npm ci` by hand
// counts as well.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { cache, root } from "./paths.mjs";
import { SetupError, say } from "./say.mjs";

/**
 * @typedef {"run" | "software" | "all"} Level
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockEntry
 * @typedef {Record<string, LockEntry>} LockEntries
 */

/** @type {readonly Level[]} */
const levels = ["run", "software", "all"];

/** @type {Record<Level, { manifests: string[], select: string[], what: string }>} */
const groups = {
  run: { manifests: ["harness/packages/run"], select: ["-w", "@seqgrad/run"], what: "the packages for running" },
  software: {
    manifests: ["harness/packages/run", "harness/packages/software"],
    select: ["-w", "@seqgrad/run", "-w", "@seqgrad/software"],
    what: "the packages for running on a software adapter",
  },
  all: { manifests: [".", "harness/packages/run", "harness/packages/software"], select: [], what: "all packages" },
};

/** Whatever the user's settings are: what fails must be read here, and soon where there is no network. */
const npmOptions = [
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  "--fetch-retry-mintimeout=2000",
  "--fetch-retry-factor=2",
];

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));

/** @param {Level} level @returns {string[]} */
function directPackages(level) {
  return groups[level].manifests.flatMap((folder) => {
    const manifest = readJson(join(folder, "package.json"));
    return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  });
}

/** @returns {LockEntries} */
function installedPackages() {
  const record = join("node_modules", ".package-lock.json");
  if (!existsSync(join(root, record))) return {};
  /** @type {[string, LockEntry][]} */
  const entries = Object.entries(readJson(record).packages);
  return Object.fromEntries(entries.filter(([path, entry]) => path.startsWith("node_modules/") && !entry.link));
}

/** @param {Level} level @param {LockEntries} installed */
const isPresent = (level, installed) =>
  directPackages(level).every((name) => installed[`node_modules/${name}`] !== undefined);

/** @param {LockEntries} installed */
function isCurrent(installed) {
  /** @type {LockEntries} */
  const locked = readJson("package-lock.json").packages;
  return Object.entries(installed).every(([path, { version }]) => locked[path]?.version === version);
}

/**
 * Makes sure that the packages of a level are installed as locked.
 * @param {Level} level
 */
export async function ensurePackages(level) {
  const first = installedPackages();
  if (isPresent(level, first) && isCurrent(first)) return;
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, "packages.lock"), async () => {
    const installed = installedPackages();
    if (isPresent(level, installed) && isCurrent(installed)) return;
    const present = levels.filter((each) => each === level || isPresent(each, installed));
    const wanted = present[present.length - 1] ?? level;
    say(`installing ${groups[wanted].what} (npm ci)`);
    await npm(["ci", ...npmOptions, ...groups[wanted].select], root);
  });
}

/**
 * Makes sure that the packages of a folder with a lock of its own, which is no workspace, are installed as locked.
 * @param {string} folder in the checkout
 * @param {string} what they are for
 */
export async function ensurePackagesOf(folder, what) {
  const isThere = () => {
    const record = join(folder, "node_modules", ".package-lock.json");
    if (!existsSync(join(root, record))) return false;
    /** @type {[string, LockEntry][]} */
    const locked = Object.entries(readJson(join(folder, "package-lock.json")).packages);
    /** @type {LockEntries} */
    const installed = readJson(record).packages;
    return locked.every(([path, { version, optional }]) => {
      const there = installed[path];
      return path === "" || (there === undefined ? optional : there.version === version);
    });
  };
  if (isThere()) return;
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, `packages-${folder.replace(/\W/g, "-")}.lock`), async () => {
    if (isThere()) return;
    say(`installing ${what} (npm ci)`);
    await npm(["ci", ...npmOptions], join(root, folder));
  });
}

/**
 * Runs npm quietly; what it printed is shown only when it fails.
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<void>}
 */
function npm(args, cwd) {
  const script = process.env.npm_execpath;
  const [command, before] = script?.endsWith("npm-cli.js") ? [process.execPath, [script]] : ["npm", []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      shell: command === "npm" && process.platform === "win32",
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => reject(new SetupError(`npm could not be started: ${error.message}`)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new SetupError(npmFailure(output)))));
  });
}

/** @param {string} output */
function npmFailure(output) {
  const offline = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/.exec(output);
  if (offline) return `packages could not be installed: the npm registry is not reachable (${offline[1]})`;
  const lines = output.split("\n").filter((line) => line.startsWith("npm error") && !line.includes("complete log"));
  const said = lines.map((line) => line.replace(/^npm error ?/, "").trim()).filter((line) => line !== "");
  return `packages could not be installed: ${said.slice(0, 4).join("; ") || "npm ci failed"}`;
}
