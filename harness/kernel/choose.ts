import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { cases } from "../../test/cases/index.ts";
import { isOf } from "../uses/made.ts";
import { readUses, type Use, unsurveyed } from "../uses/uses.ts";

/** What a kernel costs a process that has not compiled it yet. */
const COMPILE_MS = 40;

export const byWays: ReadonlySet<string> = new Set(cases.filter((each) => each.byWays).map(({ name }) => name));

/**
 * The cases that reach any of the kernels, those first that use the fewest others, as many as the budget has room for, and one at
 * the least for each kernel. A case that has not been surveyed is taken where its name has a word in common with a kernel's.
 */
export function chooseCases(kernels: readonly KernelManifest[], budgetMs: number): { names: string[]; left: number } {
  const uses = readUses();
  const reaches = (use: Use, { name }: KernelManifest) => use.kernels.some((each) => isOf(name, each));
  const reaching = Object.entries(uses).filter(([, use]) => kernels.some((kernel) => reaches(use, kernel)));
  // cases that run by ways leave out those that are of no interest here
  const rank = ([name, { kernels, ms }]: [string, Use]) =>
    (byWays.has(name) ? 0 : 1e6) + 1e3 * kernels.length + ms / 1e3;
  reaching.sort((a, b) => rank(a) - rank(b));
  const names = new Set(kernels.flatMap((kernel) => reaching.find(([, use]) => reaches(use, kernel))?.[0] ?? []));
  const costOf = (use: Use) => use.ms + COMPILE_MS * use.kernels.length;
  let left = budgetMs - reaching.reduce((sum, [name, use]) => sum + (names.has(name) ? costOf(use) : 0), 0);
  for (const [name, use] of reaching) {
    if (names.has(name) || costOf(use) > left) continue;
    names.add(name);
    left -= costOf(use);
  }
  const words = new Set(kernels.flatMap(({ name }) => name.split("_")).filter((word) => word.length > 2));
  for (const word of ["forward", "backward", "naive", "rows", "lanes", "fours", "numbers", "serial"])
    words.delete(word);
  // a few: how long they take is not known
  const alike = unsurveyed(uses)
    .filter((name) => name.split(/\W+/).some((word) => words.has(word)))
    .slice(0, 4);
  return { names: [...names, ...alike], left: reaching.length - names.size };
}
