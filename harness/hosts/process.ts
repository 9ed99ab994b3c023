import { spawn } from "node:child_process";

export interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its stdin. */
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Called with each line of stdout as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and gives what it printed; past `timeoutMs` it is killed. */
export function runProcess(command: string, args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const { environment, input, timeoutMs = 300_000, cwd, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    let stdout = "";
    let stderr = "";
    let unfinished = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      const lines = (unfinished + chunk).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (unfinished !== "") onLine?.(unfinished);
      resolve({ code, signal, timedOut, stdout, stderr });
    });
    // A program that ends without reading its input breaks the pipe; its exit code tells that story.
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}
