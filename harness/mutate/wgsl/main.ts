/** Kernels changed one place at a time. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cases } from "../../../test/cases/index.ts";
import { generateKernels } from "../../kernels/generate.ts";
import { readKernels } from "../../kernels/read.ts";
import { adapterOfThisRun } from "../../setup/adapter.mjs";
import { bundleForNode } from "../../setup/bundle.mjs";
import { cache, root } from "../../setup/paths.mjs";
import { SetupError, say } from "../../setup/say.mjs";
import { type Change, changesOf } from "./changes.ts";
import { Worker } from "./worker.ts";

const WANTED = 0.9;
/** Cases that are run for a change, the quickest of those that use the kernel. */
const MOST_CASES = 12;
const TIMEOUT_MS = 60_000;

export interface KernelOptions {
  /** Parts of kernels' names; all without one. */
  readonly parts: readonly string[];
  /** Changes of each kernel. */
  readonly per: number;
  /** Draws them. */
  readonly seed: string;
  /** Runs all cases again to see which kernels each uses. */
  readonly survey: boolean;
}

interface Use {
  readonly kernels: readonly string[];
  readonly ms: number;
}

/** A change that means nothing, by the texts of its line. */
interface Meaningless {
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

/** Changes kernels one place at a time; says which changes their cases do not notice, and whether enough of them are. */
export async function mutateKernels({ parts, per, seed, survey: anew }: KernelOptions): Promise<boolean> {
  generateKernels();
  const { environment } = await adapterOfThisRun();
  const worker = new Worker(await bundleForNode(join(root, "harness", "mutate", "wgsl", "child.ts")), environment);
  const uses = await survey(worker, anew);
  const meaningless = readMeaningless();
  const kernels = readKernels().manifests.filter(
    ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
  );
  if (kernels.length === 0) throw new SetupError(`mutate: no kernel is called ${parts.join(", ")}`);
  const counts = { noticed: 0, survived: 0, excused: 0, uncompiled: 0 };
  let id = 0;
  for (const kernel of kernels) {
    const own = Object.entries(uses)
      .filter(([, use]) => use.kernels.includes(kernel.name))
      .sort(([, a], [, b]) => a.ms - b.ms)
      .slice(0, MOST_CASES)
      .map(([name]) => name);
    if (own.length === 0) {
      console.log(`${kernel.name}: no case uses it`);
      continue;
    }
    for (const change of draw(changesOf(kernel), per, seed)) {
      const answer = await worker.run({ id: id++, kernel: kernel.name, source: change.source, cases: own }, TIMEOUT_MS);
      if (answer?.why?.includes("does not compile")) counts.uncompiled++;
      else if (answer === undefined || answer.failed !== undefined) counts.noticed++;
      else if (meaningless.some(({ before, after }) => before === change.before && after === change.after)) {
        counts.excused++;
      } else {
        counts.survived++;
        console.log(`survived: ${kernel.name} (${change.where}): ${change.before} → ${change.after}`);
      }
    }
  }
  worker.end();
  const counted = counts.noticed + counts.survived;
  const share = counted === 0 ? 1 : counts.noticed / counted;
  console.log(
    `kernels: ${(100 * share).toFixed(1)}% of ${counted} changes noticed (${counts.survived} not, ${counts.excused} mean nothing, ${counts.uncompiled} did not compile)`,
  );
  return share >= WANTED;
}

/** Which kernels each case uses, and how long it takes. Kept: it takes as long as the cases do. */
async function survey(worker: Worker, anew: boolean): Promise<Record<string, Use>> {
  const file = join(cache, "kernel-uses.json");
  const known: Record<string, Use> = !anew && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const missing = cases.filter(({ name }) => known[name] === undefined);
  if (missing.length > 0) say(`running ${missing.length} cases to see which kernels they use`);
  for (const { name } of missing) {
    const answer = await worker.run({ id: -1, cases: [name] }, 10 * TIMEOUT_MS);
    // what fails without any change notices nothing
    if (answer && answer.failed === undefined) known[name] = { kernels: answer.used, ms: answer.ms };
    else say(`${name} fails by itself: ${answer?.why ?? "no answer"}`);
  }
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, JSON.stringify(known));
  return known;
}

/** The same ones for the same seed, whatever other kernels there are. */
function draw(changes: readonly Change[], count: number, seed: string): readonly Change[] {
  const rank = ({ where, before, after }: Change, i: number): string =>
    createHash("sha256").update(`${seed} ${i} ${where} ${before} ${after}`).digest("hex");
  return changes
    .map((change, i) => ({ change, rank: rank(change, i) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ change }) => change);
}

function readMeaningless(): readonly Meaningless[] {
  const file = join(root, "test", "mutate", "meaningless-kernels.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}
