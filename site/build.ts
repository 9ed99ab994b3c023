/** The page's files, made by VitePress in a process of its own: it has another Vite and TypeScript than the project. */
import { join } from "node:path";
import { UserError } from "../examples/shared/errors.ts";
import { generateKernels } from "../harness/kernels/generate.ts";
import { runChild } from "../harness/setup/child.mjs";
import { ensurePackagesOf } from "../harness/setup/packages.mjs";
import { root } from "../harness/setup/paths.mjs";
import { buildOwnCell } from "./own-cell.ts";

/** @param base the path on its host, beginning and ending with a slash */
export async function buildSite(folder: string, base = "/"): Promise<void> {
  await ensurePackagesOf("site", "what the page is built with");
  const problems = generateKernels();
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  await buildOwnCell();
  const vitepress = join(root, "site", "node_modules", "vitepress", "bin", "vitepress.js");
  const code = await runChild(
    process.execPath,
    [vitepress, "build", join(root, "site"), "--outDir", folder, "--base", base],
    {},
  );
  if (code !== 0) throw new UserError(`VitePress ended with code ${code}; what it printed above says why`);
}
