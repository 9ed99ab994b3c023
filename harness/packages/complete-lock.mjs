// Completes package-lock.json after `npm install --package-lock-only`; it only ever adds:
// - entries of optional platform packages that the registry in use did not list (a partial mirror). Without them
//   `npm ci` calls the lock out of sync on every machine;
// - the integrity hash of each entry that has none, as the registry tells it. npm takes over no hash for what it
//   found in node_modules already.
// `--check` only says what is missing, without the network.
import { readFileSync, writeFileSync } from "node:fs";

const registry = process.env.npm_config_registry ?? "https://registry.npmjs.org/";
const lockFile = new URL("../../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(lockFile, "utf8"));
/** @type {Record<string, string>} */
const platforms = { win32: "win32", darwin: "darwin", linux: "linux", android: "android" };
const processors = ["arm64", "x64"];

const missing = Object.values(lock.packages).flatMap((entry) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => lock.packages[`node_modules/${name}`] === undefined)
    .map(([name, version]) => ({ name, version, dev: entry.dev, license: entry.license })),
);

/** Entries of packages from the registry without a hash; links and the project's own folders have none. */
const unhashed = () =>
  Object.entries(lock.packages).filter(
    ([path, { link, integrity }]) => path.includes("node_modules/") && !link && integrity === undefined,
  );

if (process.argv.includes("--check")) {
  const names = [...missing.map(({ name }) => name), ...unhashed().map(([path]) => path)];
  console.log(names.join("\n") || "the lock is complete");
  process.exit(names.length === 0 ? 0 : 1);
}

for (const { name, version, dev, license } of missing) {
  const words = name.split(/[/-]/);
  const os = words.map((word) => platforms[word]).find((word) => word !== undefined);
  const cpu = words.find((word) => processors.includes(word));
  if (os === undefined || cpu === undefined) throw new Error(`${name}: cannot tell its platform from its name`);
  lock.packages[`node_modules/${name}`] = {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(name.endsWith("-musl") ? { libc: ["musl"] } : {}),
    ...(license ? { license } : {}),
    optional: true,
    os: [os],
  };
}

for (const [path, entry] of unhashed()) {
  const name = entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const response = await fetch(new URL(`${name.replace("/", "%2f")}/${entry.version}`, registry));
  if (!response.ok) throw new Error(`${name}@${entry.version}: the registry answers ${response.status}`);
  const { dist } = await response.json();
  if (!dist?.integrity) throw new Error(`${name}@${entry.version}: the registry gives no integrity hash`);
  entry.integrity = dist.integrity;
}

// npm's own order; the root's entry has the empty name and stays first.
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
console.log(missing.map(({ name }) => name).join("\n") || "no entry was missing");
