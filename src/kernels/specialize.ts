import { SeqgradError } from "../errors.ts";
import type { KernelManifest } from "./manifest.ts";

export interface SpecializedKernel {
  /** WGSL with the tagged lines rewritten. */
  readonly code: string;
  /** Values for the pipeline's `constants`. */
  readonly constants: Record<string, number>;
}

/**
 * The WGSL and pipeline constants of one declared variant. Overrides become pipeline constants; a name that WGSL
 * cannot override (an element type, the length of a private array, what a short function returns) is rewritten in its
 * `// @specialize` line.
 */
export function specialize(kernel: KernelManifest, variant: string): SpecializedKernel {
  const chosen = kernel.variants[variant];
  if (!chosen) {
    throw new SeqgradError(
      `${kernel.file}: variant "${variant}" is not declared, expected one of ${Object.keys(kernel.variants).join(", ")}`,
    );
  }
  let code = kernel.source;
  const constants: Record<string, number> = {};
  for (const [name, value] of Object.entries(chosen)) {
    if (kernel.overrides.includes(name)) {
      constants[name] = Number(value);
      continue;
    }
    const line = new RegExp(
      `^((?:(?:const|alias)\\s+${name}\\b[^=]*=|fn\\s+${name}\\b[^{]*\\{\\s*return)\\s*)[^;]+(;.*@specialize.*)$`,
      "m",
    );
    if (!line.test(code)) {
      throw new SeqgradError(
        `${kernel.file}: variant "${variant}" sets ${name}, which is no override and no @specialize line`,
      );
    }
    code = code.replace(line, (_, head: string, tail: string) => `${head}${value}${tail}`);
  }
  return { code, constants };
}
