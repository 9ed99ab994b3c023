import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { nearestName } from "../../src/options.ts";
import { SetupError } from "../setup/say.mjs";

/**
 * The kernels that a name stands for: one kernel, all whose names begin so, or all that a file is part of, a library's or a
 * cell's too. Throws where there is none, with the nearest.
 */
export function findKernels(name: string, manifests: readonly KernelManifest[]): KernelManifest[] {
  const exact = manifests.filter((kernel) => kernel.name === name);
  if (exact.length > 0) return exact;
  const path = name.replace(/^(\.\/)?kernels\//, "");
  const isFile = (file: string): boolean => {
    const own = file.replace(/^kernels\//, "");
    return own.startsWith(path) || own.endsWith(`/${path}`) || own.endsWith(`/${path}.wgsl`);
  };
  const filed = manifests.filter(({ file }) => isFile(file));
  const begun = manifests.filter((kernel) => kernel.name.startsWith(name));
  const found = [...new Set([...begun, ...filed])];
  if (found.length > 0) return found;
  const partOf = manifests.filter(({ lines }) => lines.some(({ file }) => isFile(file)));
  if (partOf.length > 0) return partOf;
  const nearest = nearestName(name.replace(/^.*\/|\.wgsl$/g, ""), [...new Set(manifests.flatMap(namesOf))]);
  throw new SetupError(`kernel: no kernel or file is called ${name}${nearest ? `; the nearest is ${nearest}` : ""}`);
}

const namesOf = ({ name, file }: KernelManifest): string[] => [
  name,
  file.replace(/^kernels\//, "").replace(".wgsl", ""),
];
