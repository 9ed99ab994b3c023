import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { casesOf, readUses, unsurveyed } from "../uses/uses.ts";

/**
 * The cases that reach any of the kernels, those first that the budget has room for. A case that has not been surveyed is taken
 * where its name has a word in common with a kernel's.
 */
export function chooseCases(kernels: readonly KernelManifest[], budgetMs: number): { names: string[]; left: number } {
  const uses = readUses();
  const share = budgetMs / kernels.length;
  const names = new Set(kernels.flatMap(({ name }) => casesOf(name, uses, share).map((each) => each.name)));
  const reaching = Object.values(uses).filter((use) => kernels.some(({ name }) => use.kernels.includes(name))).length;
  const words = new Set(kernels.flatMap(({ name }) => name.split("_")).filter((word) => word.length > 2));
  for (const word of ["forward", "backward", "naive", "rows", "lanes", "fours", "numbers", "serial"])
    words.delete(word);
  // a few: how long they take is not known
  const alike = unsurveyed(uses)
    .filter((name) => name.split(/\W+/).some((word) => words.has(word)))
    .slice(0, 4);
  return { names: [...names, ...alike], left: reaching - names.size };
}
