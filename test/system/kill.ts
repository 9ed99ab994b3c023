// Training as `npm start` does it, and by fit, in turns, killed (SIGKILL) at random moments and resumed, until it is done: every
// step's loss, the model and the sample (of fit, its history) must be those, bit for bit, of a run that nobody killed, and every file
// must be readable after every kill.
//   npm run kill -- [--runs 100] [--seed 1]
// Half of the kills come at any moment, half while a checkpoint is being written. Prints the figures, the last line as JSON;
// exits with 1 where anything differs.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleForNode } from "../../harness/setup/bundle.mjs";
import { root } from "../../harness/setup/paths.mjs";
import { decodeSafetensors, seededRandom } from "../../src/index.ts";

export interface KillReport {
  readonly runs: number;
  readonly kills: number;
  /** Of which left a checkpoint that was being written. */
  readonly inSaving: number;
  /** Kills after which the run went on from a checkpoint, not from its beginning. */
  readonly resumed: number;
  /** What was wrong, if anything. */
  readonly problems: readonly string[];
}

const STEPS = 40;
const MODEL = "--hidden 8 --embed 4 --seq-len 4 --batch 2 --sample 4".split(" ");
const BEGIN = [...MODEL, "--steps", String(STEPS), "--save-every", "2"];

/** What is killed: it makes STEPS steps, and ends with `log.jsonl`, `model.safetensors` and `sample.txt` in its folder. */
interface Program {
  readonly name: string;
  readonly entry: string;
  /** Arguments for a folder in which a run was begun or not. */
  readonly args: (out: string, isBegun: boolean) => readonly string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "npm start",
    entry: join(root, "examples", "text-generation", "main.ts"),
    args: (out, isBegun) => (isBegun ? ["--resume", out] : [...BEGIN, "--out", out]),
  },
  { name: "fit", entry: join(root, "test", "system", "fit-program.ts"), args: (out) => [out] },
];

/** A program that was bundled, and what it does where nobody kills it. */
interface Made extends Pick<Program, "name" | "args"> {
  readonly bundle: string;
  readonly whole: string;
  /** How long a run takes, in ms. */
  readonly usual: number;
}
/** Of one run; then it may end. */
const MOST_KILLS = 3;

export async function main(args: readonly string[]): Promise<number> {
  const report = await killRuns(numbersOf(args), console.log);
  console.log(JSON.stringify(report));
  return report.problems.length > 0 ? 1 : 0;
}

export async function killRuns(
  { runs, seed }: { readonly runs: number; readonly seed: number },
  print: (line: string) => void,
): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-kill-"));
  try {
    const programs: Made[] = [];
    for (const program of PROGRAMS.slice(0, runs)) programs.push(await make(program, folder));
    const random = seededRandom(seed);
    const total = { kills: 0, inSaving: 0, resumed: 0 };
    const problems: string[] = [];
    for (let run = 1; run <= runs; run++) {
      const out = join(folder, `run-${run}`);
      const program = programs[(run - 1) % programs.length] as Made;
      const found = await killRun({ program, out, random, total });
      const wrong = [...found, ...differences(program.whole, out)].map(
        (problem) => `run ${run}, ${program.name}: ${problem}`,
      );
      for (const problem of wrong) print(problem);
      problems.push(...wrong);
      rmSync(out, { recursive: true, force: true });
      if (run % 10 === 0) print(`${run} runs, ${total.kills} kills, ${total.inSaving} of them in saving`);
    }
    return { runs, ...total, problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function make({ name, entry, args }: Program, folder: string): Promise<Made> {
  const bundle = await bundleForNode(entry);
  const whole = join(folder, `whole ${name}`);
  const start = performance.now();
  const { code, output } = await runProgram(bundle, args(whole, false));
  if (code !== 0) throw new Error(`kill: ${name}: the run that nobody kills ends with ${code}: ${output}`);
  return { name, args, bundle, whole, usual: performance.now() - start };
}

interface KillRun {
  readonly program: Made;
  readonly out: string;
  readonly random: () => number;
  readonly total: { kills: number; inSaving: number; resumed: number };
}

/** One run, killed some times and resumed until it ends; what was wrong on the way. */
async function killRun({ program, out, random, total }: KillRun): Promise<string[]> {
  const problems: string[] = [];
  const checkpoints = join(out, "checkpoints");
  mkdirSync(checkpoints, { recursive: true });
  for (let kills = 0; ; kills++) {
    const isBegun = existsSync(join(out, "log.jsonl"));
    if (kills > 0 && filesIn(checkpoints).length > 0) total.resumed++;
    const drafts = new Set(readdirSync(checkpoints));
    const { code, output } = await runProgram(program.bundle, program.args(out, isBegun), (kill) => {
      if (kills === MOST_KILLS) return () => {};
      const timer = setTimeout(kill, random() * 1.2 * program.usual);
      if (random() < 0.5) return () => clearTimeout(timer);
      clearTimeout(timer);
      let waits = Math.floor((random() * STEPS) / 4);
      const watcher = watch(checkpoints, (_, name) => {
        if (name?.endsWith(".tmp") && waits-- <= 0) kill();
      });
      return () => watcher.close();
    });
    if (code === 0) return problems;
    if (code !== null) return [...problems, `ends with ${code}: ${output.slice(-500)}`];
    total.kills++;
    if (readdirSync(checkpoints).some((name) => name.endsWith(".tmp") && !drafts.has(name))) total.inSaving++;
    problems.push(...unreadable(out, checkpoints));
  }
}

const filesIn = (checkpoints: string) => readdirSync(checkpoints).filter((name) => !name.endsWith(".tmp"));

function unreadable(out: string, checkpoints: string): string[] {
  const files = [
    ...filesIn(checkpoints).map((name) => join(checkpoints, name)),
    ...readdirSync(out)
      .filter((name) => /^[^.].*\.safetensors$/.test(name))
      .map((name) => join(out, name)),
  ];
  const log = join(out, "log.jsonl");
  return [
    ...files.flatMap((file) =>
      problemOf(() => {
        for (const { data } of decodeSafetensors(readFileSync(file), file).tensors.values()) data.at(0);
      }),
    ),
    ...(existsSync(log) ? problemOf(() => linesOf(log)) : []),
  ];
}

function problemOf(read: () => void): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** Losses and norms of gradients, as text in full precision, by step. */
function linesOf(log: string): string[] {
  const [, ...steps] = readFileSync(log, "utf8").trimEnd().split("\n");
  return steps.map((line) => {
    const { step, loss, gradNorm } = JSON.parse(line);
    return `${step} ${loss} ${gradNorm}`;
  });
}

function differences(whole: string, out: string): string[] {
  const [wanted, found] = [whole, out].map((each) => linesOf(join(each, "log.jsonl"))) as [string[], string[]];
  const at = wanted.findIndex((line, i) => line !== found[i]);
  const files = ["model.safetensors", "sample.txt"].filter(
    (name) => !readFileSync(join(whole, name)).equals(readFileSync(join(out, name))),
  );
  return [
    ...(found.length !== STEPS ? [`the log has ${found.length} steps, expected ${STEPS}`] : []),
    ...(at >= 0 ? [`step ${at + 1} is ${found[at]}, expected ${wanted[at]}`] : []),
    ...files.map((name) => `${name} differs`),
  ];
}

/** Gives the exit code, or null where it was killed. `plan` gets what kills it, and gives what is to be called at the end. */
function runProgram(
  program: string,
  args: readonly string[],
  plan: (kill: () => void) => () => void = () => () => {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const end = plan(() => child.kill("SIGKILL"));
    child.on("error", reject);
    child.on("close", (code) => {
      end();
      resolve({ code, output });
    });
  });
}

function numbersOf(args: readonly string[]): { runs: number; seed: number } {
  const numbers = { runs: 100, seed: 1 };
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i]?.slice(2);
    const value = Number(args[i + 1]);
    if ((name !== "runs" && name !== "seed") || args[i] !== `--${name}` || !Number.isInteger(value) || value < 1) {
      throw new Error(`kill: got ${args.join(" ")}, expected --runs and --seed with positive integers, or nothing`);
    }
    numbers[name] = value;
  }
  return numbers;
}
