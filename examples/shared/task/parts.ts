/** Work in parts that are remembered: a line of the log for each, where a run that was broken off finds what it has done already. */
import { appendFileSync, readFileSync } from "node:fs";
import type { fit } from "seqgrad";
import { fitWith, Interrupted, type Job } from "./task.ts";

export interface Line {
  readonly part: string;
  readonly result: unknown;
}

export function partsIn(path: string, isResumed: boolean, signal: AbortSignal): Job<unknown, unknown>["part"] {
  const done = new Map(isResumed ? linesOf(path).map(({ part, result }) => [part, result] as const) : []);
  return async <T>(name: string, work: (quietFit: typeof fit) => Promise<T>) => {
    if (done.has(name)) return done.get(name) as T;
    if (signal.aborted) throw new Interrupted("training was interrupted");
    const result = await work(fitWith([], signal));
    const line: Line = { part: name, result };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
    return result;
  };
}

/** Those of the log's lines that are parts. */
export function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // broken off before the first was done
    return [];
  }
  // a line that was broken off itself is done again
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return whole.filter((line) => line.startsWith('{"part":')).map((line) => JSON.parse(line));
}
