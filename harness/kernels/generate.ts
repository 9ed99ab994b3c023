// Writes src/kernels/generated.ts from the files in kernels/.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { root } from "../setup/paths.mjs";
import { readKernels } from "./read.ts";

const output = join(root, "src", "kernels", "generated.ts");

/**
 * Brings the generated module up to date; a file that would stay the same keeps its time. Kernels that cannot be read
 * are left out of it.
 * @returns what is wrong with those, a line each
 */
export function generateKernels(): readonly string[] {
  const { manifests, problems } = readKernels();
  const text = moduleText(manifests);
  if (!existsSync(output) || readFileSync(output, "utf8") !== text) writeFileSync(output, text);
  return problems;
}

function moduleText(manifests: readonly KernelManifest[]): string {
  const entries = manifests.map((manifest) => `  ${manifest.name}: ${literal(manifest)},\n`);
  const hash = createHash("sha256").update(entries.join("")).digest("hex").slice(0, 12);
  return `// Generated from kernels/ by harness/kernels/generate.ts. Do not edit.
import type { KernelManifest } from "./manifest.ts";

export const kernels = {
${entries.join("")}} as const satisfies Record<string, KernelManifest>;

export type KernelName = keyof typeof kernels;

/** Differs where a kernel does: what was measured with other kernels does not count. */
export const kernelsHash = "${hash}";
`;
}

/** The manifest as a literal. The source is widened to string, or its text would stand in the types as well. */
function literal({ source, ...rest }: KernelManifest): string {
  return `{ "source": ${JSON.stringify(withoutComments(source))} as string, ${JSON.stringify(rest).slice(1)}`;
}

/** Users download no comments. Lines stay, since errors name them, and so do the tags that specialising looks for. */
function withoutComments(source: string): string {
  return source.replace(/[ \t]*\/\/(?!.*@specialize).*$/gm, "");
}

/** For `node harness/ts.mjs harness/kernels/generate.ts`. */
export async function main(): Promise<number> {
  const problems = generateKernels();
  for (const problem of problems) console.error(`error: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}
