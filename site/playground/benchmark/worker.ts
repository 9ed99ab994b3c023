/** The page's side of the benchmark's worker. Each job has one of its own: when it ends, all goes that its engines held. */
import type { BenchMessage, SessionJob } from "../../../bench/types.ts";

export interface WorkerOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Milliseconds after which it is taken to hang. */
  readonly patience: number;
  readonly take: (message: BenchMessage) => void;
}

/**
 * Runs a job in a worker.
 * @returns why it ended without having told a result or an error, where it did
 * @throws what the signal was aborted with
 */
export function runInWorker(
  job: SessionJob,
  { url, signal, patience, take }: WorkerOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(url, { type: "module" });
    const timer = setTimeout(() => end(() => resolve(`no end after ${Math.round(patience / 1000)} s`)), patience);
    const stop = () => end(() => reject(signal.reason));
    function end(settle: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      worker.terminate();
      settle();
    }
    signal.addEventListener("abort", stop);
    worker.onmessage = ({ data }: MessageEvent<BenchMessage>) => {
      take(data);
      if (data.type !== "progress") end(() => resolve(undefined));
    };
    worker.onerror = ({ message }) => end(() => resolve(message || "the worker could not be started"));
    worker.postMessage(job);
  });
}
