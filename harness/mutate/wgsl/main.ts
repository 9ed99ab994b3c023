/** Kernels changed one place at a time. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KernelManifest } from "../../../src/kernels/manifest.ts";
import { generateKernels } from "../../kernels/generate.ts";
import { readKernels } from "../../kernels/read.ts";
import { adapterOfThisRun } from "../../setup/adapter.mjs";
import { bundleForNode } from "../../setup/bundle.mjs";
import { root } from "../../setup/paths.mjs";
import { SetupError, say } from "../../setup/say.mjs";
import { type Candidate, casesOf, noteUses, readUses, type Use, unsurveyed } from "../../uses/uses.ts";
import { type Change, changesOf, editsOf } from "./changes.ts";
import { Worker } from "./worker.ts";

const WANTED = 0.9;
/** Steps that loops' templates are compiled around by themselves; programs write their own. */
const EXAMPLES = "kernels/recurrent/cells/loop/";
/** So many times the budget of the survey's time are drawn on for it: a case whose kernels are compiled already takes a part of that. */
const SURVEYED = 3;
/** Nobody waits longer than that for a case beyond three times what it takes. */
const PATIENCE_MS = 15_000;
const SURVEY_TIMEOUT_MS = 600_000;

export interface KernelOptions {
  /** Parts of kernels' names or files; all without one. */
  readonly parts: readonly string[];
  /** Changes of each kernel. */
  readonly per: number;
  /** Draws them. */
  readonly seed: string;
  /** Only changes of lines that contain it. */
  readonly line: string;
  /** Processor time that the cases of one change may take together, as they run: a last one may take longer. */
  readonly budgetMs: number;
  /** Runs all cases again to see which kernels each uses. */
  readonly survey: boolean;
}

/** A change that means nothing, by the texts of its line; any change of the line without `after`. */
interface Meaningless {
  readonly before: string;
  readonly after?: string;
  /** Only in kernels whose whole name this pattern fits. */
  readonly kernel?: string;
  /** Only in kernels that are made of this file, too. */
  readonly with?: string;
  readonly why: string;
}

type Outcome = "noticed" | "survived" | "meaningless" | "uncompiled";

interface Trial {
  readonly outcome: Outcome;
  /** How many cases ran. */
  readonly ran: number;
}

const MEANS_NOTHING: Trial = { outcome: "meaningless", ran: 0 };

/** Changes kernels one place at a time; says which changes their cases do not notice, and whether enough of them are. */
export async function mutateKernels({
  parts,
  per,
  seed,
  line,
  budgetMs,
  survey: anew,
}: KernelOptions): Promise<boolean> {
  generateKernels();
  const { environment } = await adapterOfThisRun();
  const worker = new Worker(await bundleForNode(join(root, "harness", "mutate", "wgsl", "child.ts")), environment);
  const uses = await survey(worker, anew);
  const meaningless = readMeaningless();
  const kernels = readKernels().manifests.filter(
    ({ name, file }) => parts.length === 0 || parts.some((part) => name.includes(part) || file.includes(part)),
  );
  if (kernels.length === 0) throw new SetupError(`mutate: no kernel is called ${parts.join(", ")}`);
  const families = new Map<string, Record<Outcome, number>>();
  const start = performance.now();
  for (const kernel of kernels) {
    const own = casesOf(kernel.name, uses, SURVEYED * budgetMs);
    if (own.length === 0) {
      console.log(`${kernel.name}: no case uses it`);
      continue;
    }
    const family = kernel.file.split("/").slice(0, -1).join("/");
    const counts = families.get(family) ?? { noticed: 0, survived: 0, meaningless: 0, uncompiled: 0 };
    families.set(family, counts);
    const changes = changesOf(kernel).filter(
      ({ before, where }) => before.includes(line) && !where.startsWith(EXAMPLES),
    );
    for (const change of draw(changes, per, seed)) {
      const excused = meaningless.some((each) => fits(each, change, kernel));
      const { outcome, ran } = excused ? MEANS_NOTHING : await tryOut(worker, kernel, change, own, budgetMs);
      counts[outcome]++;
      if (outcome === "survived") {
        const asked = ran < own.length ? ` (${ran} of ${own.length} cases asked)` : "";
        console.log(`survived: ${kernel.name} (${change.where}): ${change.before} → ${change.after}${asked}`);
      }
    }
  }
  worker.end();
  const total: Record<Outcome, number> = { noticed: 0, survived: 0, meaningless: 0, uncompiled: 0 };
  for (const [family, counts] of families) {
    console.log(summary(family, counts));
    for (const outcome of Object.keys(total) as Outcome[]) total[outcome] += counts[outcome];
  }
  const tried = total.noticed + total.survived + total.uncompiled;
  const seconds = (performance.now() - start) / 1000;
  console.log(`${summary("all kernels", total)}; ${(seconds / Math.max(1, tried)).toFixed(1)} s each`);
  return shareOf(total) >= WANTED;
}

/** The first case that notices a change comes first for the kernel's next ones. */
async function tryOut(
  worker: Worker,
  kernel: KernelManifest,
  { source, ...rest }: Change,
  own: Candidate[],
  budgetMs: number,
): Promise<Trial> {
  let spent = 0;
  const change = { kernel: kernel.name, source, edits: editsOf(kernel, { source, ...rest }) };
  for (const [i, { name, ms }] of own.entries()) {
    if (spent > budgetMs) return { outcome: "survived", ran: i };
    const answer = await worker.run({ change, case: name }, PATIENCE_MS + 3 * ms);
    if (answer?.broken) return { outcome: "uncompiled", ran: i + 1 };
    spent += answer?.cpuMs ?? 0;
    if (answer && answer.why === undefined) continue;
    own.unshift(...own.splice(i, 1));
    return { outcome: "noticed", ran: i + 1 };
  }
  return { outcome: "survived", ran: own.length };
}

const shareOf = ({ noticed, survived }: Record<Outcome, number>): number =>
  noticed + survived === 0 ? 1 : noticed / (noticed + survived);

function summary(name: string, counts: Record<Outcome, number>): string {
  const { noticed, survived, meaningless, uncompiled } = counts;
  return `${name}: ${(100 * shareOf(counts)).toFixed(1)}% of ${noticed + survived} changes noticed (${survived} not, ${meaningless} mean nothing, ${uncompiled} did not compile)`;
}

/** Which kernels each case uses, and how long it takes: runs those cases of which that is not known, or all of them. */
async function survey(worker: Worker, anew: boolean): Promise<Record<string, Use>> {
  const missing = unsurveyed(anew ? {} : readUses());
  if (missing.length > 0) say(`running ${missing.length} cases to see which kernels they use`);
  for (const name of missing) {
    const answer = await worker.run({ case: name }, SURVEY_TIMEOUT_MS);
    // what fails without any change notices nothing
    if (answer && answer.why === undefined) noteUses([{ name, ok: true, kernels: answer.used, ms: answer.ms }]);
    else say(`${name} fails by itself: ${answer?.why ?? "no answer"}`);
  }
  return readUses();
}

/** The same ones for the same seed, whatever other kernels there are; of a text that kernels share, others in each. */
function draw(changes: readonly Change[], count: number, seed: string): readonly Change[] {
  const rank = ({ kernel, where, before, after }: Change, i: number): string =>
    createHash("sha256").update(`${seed} ${kernel} ${i} ${where} ${before} ${after}`).digest("hex");
  return changes
    .map((change, i) => ({ change, rank: rank(change, i) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ change }) => change);
}

const fits = (each: Meaningless, { before, after }: Change, kernel: KernelManifest): boolean =>
  before === each.before &&
  after === (each.after ?? after) &&
  (each.kernel === undefined || new RegExp(`^(?:${each.kernel})$`).test(kernel.name)) &&
  (each.with === undefined || kernel.lines.some(({ file }) => file === each.with));

function readMeaningless(): readonly Meaningless[] {
  const file = join(root, "test", "mutate", "meaningless-kernels.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}
