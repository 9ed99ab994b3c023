import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { withLock } from "./lock.mjs";
import { cache, root } from "./paths.mjs";
import { say } from "./say.mjs";

// @sparticuz/chromium has an unpacker of its own, but it writes into the shared temporary folder, where another
// user's or another version's files would be taken for ours.
const require = createRequire(join(root, "package.json"));

/**
 * Unpacks archives of @sparticuz/chromium into one folder of the cache, once per version.
 * @param {string} what names the folder, and the thing in the set-up line
 * @param {readonly string[]} archives `x.tar.br` is unpacked as files, `x.br` as an executable named x
 * @returns {Promise<string>} the folder
 */
export async function unpackOnce(what, archives) {
  const bin = join(dirname(require.resolve("@sparticuz/chromium")), "..", "bin");
  const { version } = require(join(bin, "..", "package.json"));
  const folder = join(cache, `${what.replaceAll(" ", "-")}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    say(`unpacking the ${what}`);
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    await Promise.all(archives.map((name) => unpack(join(bin, name), partial)));
    renameSync(partial, folder);
  });
  return folder;
}

/** @param {string} archive @param {string} folder */
function unpack(archive, folder) {
  const name = archive.slice(Math.max(archive.lastIndexOf("/"), archive.lastIndexOf("\\")) + 1);
  const target = name.endsWith(".tar.br")
    ? require("tar-fs").extract(folder)
    : createWriteStream(join(folder, name.replace(/\.br$/, "")), { mode: 0o755 });
  return pipeline(createReadStream(archive), createBrotliDecompress(), target);
}
