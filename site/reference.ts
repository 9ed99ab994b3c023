/** The API reference, which `npm run docs` makes of the docstrings, among the pages of the documentation. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../examples/shared/errors.ts";
import { runChild } from "../harness/setup/child.mjs";
import { root } from "../harness/setup/paths.mjs";
import { buildSite } from "./build.ts";

const pages = join(root, "docs", "api");

/** Makes its pages in `docs/api`, of which VitePress makes the site's. */
export async function makeReference(): Promise<void> {
  const code = await runChild(process.execPath, [join(root, "harness", "docs", "start.mjs")], {});
  if (code !== 0)
    throw new UserError(`the API reference could not be made (code ${code}); what is printed above says why`);
}

/**
 * Brings the reference into a site that is served already, where it is another than that of the site.
 * @returns whether it was
 */
export async function addReference(site: string): Promise<boolean> {
  const before = contents();
  await makeReference();
  if (contents() === before) return false;
  const next = `${site}-next`;
  await buildSite(next);
  // what a page that is open has not loaded yet, and the benchmark
  cpSync(site, next, { recursive: true, force: false });
  const old = `${site}-old`;
  rmSync(old, { recursive: true, force: true });
  renameSync(site, old);
  renameSync(next, site);
  rmSync(old, { recursive: true });
  return true;
}

function contents(): string {
  const hash = createHash("sha256");
  if (!existsSync(pages)) return "";
  for (const entry of readdirSync(pages, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}
