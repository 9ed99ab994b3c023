// The side of the harness for hosts that are processes.
import type { HostReport } from "../case.ts";
import type { Collector } from "./collect.ts";
import type { ProcessOptions, ProcessResult } from "./process.ts";
import { type Job, messageMark } from "./protocol.ts";

type Start = (options: Pick<ProcessOptions, "input" | "timeoutMs" | "onLine">) => Promise<ProcessResult>;

export async function runStdioHost(
  job: Job,
  timeoutMs: number,
  collector: Collector,
  start: Start,
): Promise<HostReport> {
  const onLine = (line: string) => {
    if (line.startsWith(messageMark)) collector.take(JSON.parse(line.slice(messageMark.length)));
    else collector.print(line);
  };
  const result = await start({ input: JSON.stringify(job), timeoutMs, onLine });
  for (const line of result.stderr.split("\n")) if (line.trim() !== "") collector.print(line);
  const { timedOut, signal, code } = result;
  return collector.report(timedOut ? `no end after ${timeoutMs / 1000} s` : `exit code ${code ?? signal}`);
}
