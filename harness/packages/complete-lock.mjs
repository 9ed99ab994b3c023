// Adds the lock entries of optional platform packages that the registry in use did not list when the lock was
// made (a partial mirror). Without them `npm ci` calls the lock out of sync on every machine. Run it after
// `npm install --package-lock-only`; it only ever adds.
import { readFileSync, writeFileSync } from "node:fs";

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
// npm's own order; the root's entry has the empty name and stays first.
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
console.log(missing.map(({ name }) => name).join("\n") || "the lock is complete");
