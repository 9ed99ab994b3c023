/** Which kernels each case uses, and how long it takes: kept from run to run. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cases } from "../../test/cases/index.ts";
import { FUZZ_CASE } from "../../test/cases/system/fuzz.ts";
import type { CaseResult } from "../case.ts";
import { cache } from "../setup/paths.mjs";
import { isOf } from "./made.ts";

export interface Use {
  readonly kernels: readonly string[];
  readonly ms: number;
}

export type Candidate = { readonly name: string } & Use;

const file = join(cache, "kernel-uses.json");

/** Random programs use nearly all kernels, and take long. */
const surveyed = (): string[] => cases.map(({ name }) => name).filter((name) => name !== FUZZ_CASE);

/** What is known of the cases that there are. */
export function readUses(): Record<string, Use> {
  const known: Record<string, Use> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return Object.fromEntries(surveyed().flatMap((name) => (known[name] ? [[name, known[name]]] : [])));
}

/**
 * Adds what a run has shown. A case that failed may have ended too early; the shorter time is kept: the first case of a run
 * waits for kernels to compile that others have.
 */
export function noteUses(results: readonly CaseResult[]): void {
  const known = readUses();
  const found = results
    .filter(({ ok }) => ok)
    .map(({ name, kernels, ms }) => [name, { kernels, ms: Math.min(ms, known[name]?.ms ?? ms) }] as const);
  mkdirSync(cache, { recursive: true });
  // in one step: another run may be reading
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify({ ...known, ...Object.fromEntries(found) }));
  renameSync(fresh, file);
}

/** Cases of which nothing is known. */
export const unsurveyed = (uses: Readonly<Record<string, Use>>): string[] =>
  surveyed().filter((name) => uses[name] === undefined);

/**
 * Cases that use a kernel, the quickest first, as many as the budget has room for: half of it is for those that use the fewest
 * kernels beside it, which are the kernel's own.
 */
export function casesOf(kernel: string, uses: Readonly<Record<string, Use>>, budgetMs: number): Candidate[] {
  const all = Object.entries(uses).flatMap(([name, use]) =>
    use.kernels.some((each) => isOf(kernel, each)) ? [{ name, ...use }] : [],
  );
  const byTime = (a: Candidate, b: Candidate): number => a.ms - b.ms;
  all.sort((a, b) => a.kernels.length - b.kernels.length || byTime(a, b));
  const own = take(all, budgetMs / 2);
  if (own.length === 0) own.push(...all.sort(byTime).slice(0, 1));
  const others = all.filter((each) => !own.includes(each)).sort(byTime);
  return [...own, ...take(others, budgetMs / 2)].sort(byTime);
}

/** From the beginning on, what there is room for. */
function take(candidates: readonly Candidate[], budgetMs: number): Candidate[] {
  let spent = 0;
  return candidates.filter(({ ms }) => {
    const fits = spent + ms <= budgetMs;
    if (fits) spent += ms;
    return fits;
  });
}
