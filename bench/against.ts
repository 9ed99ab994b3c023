/** An earlier commit of this project as one more engine, so that old and new take turns in one page. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { cache, root } from "../harness/setup/paths.mjs";
import { SetupError, say } from "../harness/setup/say.mjs";

export interface EarlierCommit {
  readonly commit: string;
  /** Its files, with the kernels embedded. Packages are the project's own. */
  readonly folder: string;
}

/** Checks a commit out into the cache, once. */
export async function checkOut(ref: string): Promise<EarlierCommit> {
  const commit = resolveCommit(ref);
  const folder = join(cache, "bench-against", commit.slice(0, 12));
  if (existsSync(folder)) return { commit, folder };
  say(`checking out ${ref} (${commit.slice(0, 12)}) to compare with`);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const archive = join(draft, "tree.tar");
  execFileSync("git", ["archive", "--format=tar", "-o", archive, commit], { cwd: root });
  execFileSync("tar", ["-xf", archive], { cwd: draft });
  rmSync(archive);
  await embedKernels(draft);
  renameSync(draft, folder);
  return { commit, folder };
}

function resolveCommit(ref: string): string {
  try {
    return execFileSync("git", ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  } catch {
    throw new SetupError(`--against: git knows no commit ${ref}`);
  }
}

/** By the commit's own embedder, whose output its sources were written for. */
async function embedKernels(folder: string): Promise<void> {
  const program = join(folder, ".cache", "generate.mjs");
  await build({
    entryPoints: [join(folder, "harness", "kernels", "generate.ts")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    logLevel: "error",
  });
  const { generateKernels } = (await import(pathToFileURL(program).href)) as { generateKernels(): readonly string[] };
  const [problem] = generateKernels();
  if (problem !== undefined) throw new SetupError(`--against: kernels of that commit cannot be read: ${problem}`);
}

/** Gives `seqgrad-before` its meaning in the bundle. Without a commit it is left outside; nobody loads it then. */
export function fromEarlierCommit(earlier: EarlierCommit | undefined): Plugin {
  return {
    name: "earlier commit",
    setup(context) {
      context.onResolve({ filter: /^seqgrad-before$/ }, ({ path }) =>
        earlier ? { path, namespace: "earlier" } : { path, external: true },
      );
      context.onLoad({ filter: /.*/, namespace: "earlier" }, () => ({
        contents: `export { seqgrad } from "./bench/engines/seqgrad/index.ts"; export { openDevice } from "./src/node.ts";`,
        resolveDir: (earlier as EarlierCommit).folder,
      }));
    },
  };
}
