/** The page in which tasks run, made anew and served on loopback. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { type Server, serve } from "../hosts/serve.ts";
import { cache, root } from "../setup/paths.mjs";

/** @param port 0: any that is free */
export async function servePage(port = 0): Promise<Server> {
  const folder = join(cache, "page", String(process.pid));
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(root, "examples", "page", "app.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { seqgrad: join(root, "src", "index.ts"), "seqgrad/data": join(root, "src", "data", "index.ts") },
    logLevel: "error",
    absWorkingDir: root,
  });
  return serve(folder, { "/": readFileSync(join(root, "examples", "page", "index.html"), "utf8") }, port);
}
