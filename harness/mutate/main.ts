// npm run mutate: changes the code one place at a time (StrykerJS) and says which share of the changes the tests notice.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { cache, root } from "../setup/paths.mjs";
import { SetupError, say } from "../setup/say.mjs";
import { RESULTS } from "./results.mjs";
import { type RoomName, rooms } from "./rooms.ts";
import { mutateKernels } from "./wgsl/main.ts";

/** The share of changes in each room that must be noticed. */
const WANTED = 0.9;

const KERNELS = "kernels";

const usage = `npm run mutate -- [room …] [options]
  rooms: ${Object.keys(rooms).join(", ")}, ${KERNELS}; all without one
  --sample SHARE   only so many of the changes, 0 to 1 (1), drawn by --seed
  --seed N         (1)
  --jobs N         changes that are tried side by side (1)
  --files PATTERN  only in these files, or in these lines of one (file.ts:12-15); several with commas
  --kernel TEXT    of the kernels only those whose names or files contain it; several with commas
  --per N          changes of each kernel (4)
  --line TEXT      of the kernels only lines that contain it
  --budget SECONDS of processor time for the cases of a kernel's change (20)
  --survey         runs all cases again to see which kernels each of them uses`;

/** A change that means nothing, and why: a survivor that no test can notice. */
interface Meaningless {
  readonly file: string;
  /** The changed code with its blanks squeezed. */
  readonly original: string;
  /** What it became; any without it. */
  readonly replacement?: string;
  /** Only in lines that contain this. */
  readonly within?: string;
  readonly why: string;
}

interface Change {
  readonly file: string;
  readonly line: number;
  /** The whole line that it begins in. */
  readonly text: string;
  readonly original: string;
  readonly replacement: string;
  readonly status: string;
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      sample: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: "1" },
      files: { type: "string" },
      kernel: { type: "string" },
      per: { type: "string", default: "4" },
      line: { type: "string", default: "" },
      budget: { type: "string", default: "20" },
      survey: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const unknown = positionals.find((name) => name !== KERNELS && !Object.hasOwn(rooms, name));
  if (unknown !== undefined) throw new SetupError(`mutate: there is no room ${unknown}\n${usage}`);
  const sample = Number(values.sample);
  if (!(sample > 0 && sample <= 1)) throw new SetupError(`--sample: expected a share of 0 to 1, got ${values.sample}`);
  const per = Number(values.per);
  const jobs = Number(values.jobs);
  if (!(Number.isInteger(jobs) && jobs >= 1))
    throw new SetupError(`--jobs: expected a number from 1 on, got ${values.jobs}`);
  const budget = Number(values.budget);
  if (!(budget > 0)) throw new SetupError(`--budget: expected a number of seconds, got ${values.budget}`);
  if (!(per >= 1)) throw new SetupError(`--per: expected a number of changes, got ${values.per}`);
  const names = positionals.length > 0 ? positionals : [...Object.keys(rooms), KERNELS];
  const chosen = names.filter((name) => name !== KERNELS) as RoomName[];
  Object.assign(process.env, (await adapterOfThisRun()).environment);
  const meaningless = readMeaningless();
  let ok = true;
  for (const name of chosen) {
    const isExcused = (change: Change): boolean => meaningless.some((each) => fits(each, change));
    const tell = (change: Change): void => {
      const { file, line, original, replacement, status } = change;
      if (!isUnnoticed(change) || isExcused(change)) return;
      console.log(`  ${file}:${line} ${status}: ${shorten(original)} → ${shorten(replacement)}`);
    };
    const changes = await mutate(name, values.files, { sample, seed: values.seed, jobs, tell });
    const excused = changes.filter((change) => isUnnoticed(change) && isExcused(change));
    const unnoticed = changes.filter((change) => isUnnoticed(change) && !isExcused(change));
    const counted = changes.length - excused.length;
    const share = counted === 0 ? 1 : 1 - unnoticed.length / counted;
    ok &&= share >= WANTED;
    const endless = changes.filter(({ status }) => status === "Timeout").length;
    console.log(
      `${name}: ${(100 * share).toFixed(1)}% of ${counted} changes noticed (${endless} by taking too long; ${unnoticed.length} not, ${excused.length} mean nothing)`,
    );
  }
  if (names.includes(KERNELS)) {
    const parts = values.kernel?.split(",") ?? [];
    const { seed, line, survey } = values;
    ok = (await mutateKernels({ parts, per, seed, line, budgetMs: 1000 * budget, survey })) && ok;
  }
  return ok ? 0 : 1;
}

const isUnnoticed = ({ status }: Change): boolean => status === "Survived" || status === "NoCoverage";

interface HowToMutate {
  readonly sample: number;
  readonly seed: string;
  readonly jobs: number;
  /** Called with each change as soon as it is tried. */
  readonly tell: (change: Change) => void;
}

async function mutate(
  name: RoomName,
  files: string | undefined,
  { sample, seed, jobs, tell }: HowToMutate,
): Promise<Change[]> {
  const room = rooms[name];
  process.env.SEQGRAD_MUTATE_ROOM = name;
  process.env.SEQGRAD_MUTATE_SAMPLE = String(sample);
  process.env.SEQGRAD_MUTATE_SEED = seed;
  say(`mutating ${name}`);
  const folder = join(cache, "stryker", name);
  rmSync(folder, { recursive: true, force: true });
  const stryker = new Stryker({
    mutate: files?.split(",") ?? [...room.files],
    testRunner: "vitest",
    vitest: { configFile: "test/mutate/vitest.config.ts", related: false },
    plugins: [
      "@stryker-mutator/vitest-runner",
      join(root, "harness", "mutate", "sample.mjs"),
      join(root, "harness", "mutate", "results.mjs"),
    ],
    checkers: sample < 1 ? ["sample"] : [],
    mutator: {
      // the words of messages are no behaviour that a test should fix
      excludedMutations: ["StringLiteral"],
    },
    // it reads tsconfig.json by an interface that the newest TypeScript lacks; nothing here needs it read
    tsconfigFile: "none",
    coverageAnalysis: "perTest",
    concurrency: jobs,
    reporters: ["progress-append-only", "results"],
    tempDirName: folder,
    ignorePatterns: [".cache", "runs", "dist", "bench/results", "examples/results"],
    allowConsoleColors: false,
    logLevel: "warn",
    // what takes too long counts as noticed, so a busy machine must not be taken for that
    timeoutMS: 60_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 30,
  } as never);
  const told = (result: unknown): void => tell(changeOf(result as Result));
  subscribe(RESULTS, told);
  try {
    const results = await stryker.runMutationTest();
    return results
      .filter(({ status }) => status !== "Ignored" && status !== "CompileError" && status !== "RuntimeError")
      .map(changeOf);
  } finally {
    unsubscribe(RESULTS, told);
  }
}

type Result = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

const changeOf = ({ fileName, location, replacement = "", status }: Result): Change => ({
  file: fileName.replaceAll("\\", "/").replace(`${root.replaceAll("\\", "/")}/`, ""),
  line: location.start.line,
  text: readFileSync(fileName, "utf8").split("\n")[location.start.line - 1] ?? "",
  original: textAt(fileName, location),
  replacement,
  status,
});

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text between two positions (lines from 1, columns from 1). */
function textAt(fileName: string, { start, end }: { readonly start: Position; readonly end: Position }): string {
  const lines = readFileSync(fileName, "utf8")
    .split("\n")
    .slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] as string).slice(0, end.column - 1);
  lines[0] = (lines[0] as string).slice(start.column - 1);
  return lines.join("\n");
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();
const shorten = (text: string): string =>
  squeeze(text).length > 90 ? `${squeeze(text).slice(0, 90)}…` : squeeze(text);

const fits = ({ file, original, replacement, within = "" }: Meaningless, change: Change): boolean =>
  file === change.file &&
  change.text.includes(within) &&
  original === squeeze(change.original) &&
  (replacement === undefined || replacement === squeeze(change.replacement));

function readMeaningless(): readonly Meaningless[] {
  const file = join(root, "test", "mutate", "meaningless.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}
