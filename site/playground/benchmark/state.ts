/** What the benchmark's panel shows. Made once for a playground, so that another panel can be looked at meanwhile. */
import { withBase } from "vitepress";
import { inject, onScopeDispose, provide, ref, shallowRef } from "vue";
import type { BenchReport, PageManifest } from "../../../bench/types.ts";
import type { Choice } from "./run.ts";

export interface Progress {
  /** Which of the chosen, from 0. */
  readonly index: number;
  readonly of: number;
  readonly engine: string;
  readonly phase: string;
}

export function createBenchmark() {
  const progress = ref<Progress | null>(null);
  const report = shallowRef<BenchReport | null>(null);
  /** The file that the report was read from; empty: it was measured here. */
  const source = ref("");
  const problem = ref("");
  const manifest = shallowRef<PageManifest | null>(null);
  let running: AbortController | undefined;
  const stop = () => running?.abort();
  onScopeDispose(stop);
  const folder = withBase("/benchmark/");

  return {
    progress,
    report,
    source,
    problem,
    manifest,
    stop,
    /** Asks what lies beside the page. */
    async look(): Promise<void> {
      if (manifest.value) return;
      try {
        const response = await fetch(`${folder}manifest.json`);
        if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
        manifest.value = await response.json();
        problem.value = "";
      } catch (error) {
        problem.value = `The benchmark's files are not there, or not yet: ${(error as Error).message}`;
      }
    },
    async run(choice: Choice): Promise<void> {
      if (running || !manifest.value) return;
      const own = new AbortController();
      running = own;
      const of = choice.works.length + (choice.dispatchCost ? 1 : 0);
      problem.value = "";
      report.value = null;
      source.value = "";
      progress.value = { index: 0, of, engine: "", phase: "starting" };
      try {
        const { runChoice } = await import("./run.ts");
        await runChoice(choice, {
          manifest: manifest.value,
          folder,
          signal: own.signal,
          onProgress: (now) => {
            progress.value = { ...now, of };
          },
          onReport: (found) => {
            report.value = found;
          },
        });
      } catch (error) {
        if (!own.signal.aborted) problem.value = (error as Error).message;
      } finally {
        running = undefined;
        progress.value = null;
      }
    },
    /** Shows what a file holds. */
    async read(file: File): Promise<void> {
      problem.value = "";
      try {
        const { readReport } = await import("../../../bench/report/read.ts");
        report.value = readReport(await file.text(), file.name);
        source.value = file.name;
      } catch (error) {
        problem.value = (error as Error).message;
      }
    },
  };
}

export type Benchmark = ReturnType<typeof createBenchmark>;
const key = Symbol("benchmark");
export const provideBenchmark = (): void => provide(key, createBenchmark());

export function useBenchmark(): Benchmark {
  const benchmark = inject<Benchmark>(key);
  if (!benchmark) throw new Error("useBenchmark: no panels around this component");
  return benchmark;
}
