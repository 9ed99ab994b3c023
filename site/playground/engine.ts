/** The page's side of the worker: what is going on, and what can be asked for. */
import { computed } from "vue";
import { readAddress, writeAddress } from "./address.ts";
import { defaultsOf, fitsTask } from "./facts.ts";
import type { Command, Opened, Report, RunRequest } from "./protocol.ts";
import { newRun, type RunRecord, styles } from "./runs.ts";
import type { Settings } from "./settings.ts";
import { createShown } from "./shown.ts";
import { forget, recall, remember } from "./storage.ts";

const mostRuns = styles.length;

export function createEngine() {
  const shown = createShown();
  const { settings, data, state, opened, runs, speed, error, notice, remembered, clip, request, clear } = shown;
  let worker: Worker | undefined;
  let recoveries = 0;
  /** Whether what is shown was recorded: nobody is there to be asked. */
  let isReplay = false;
  let onExport: ((bytes: Uint8Array<ArrayBuffer>) => void) | undefined;

  const current = computed(() => runs.value.find(({ id }) => id === request.value?.id) ?? null);
  const step = computed(() => current.value?.step ?? opened.value?.step ?? 0);
  /** Whether the form says something else than the open run. */
  const isChanged = computed(
    () =>
      request.value === null ||
      JSON.stringify(request.value.settings) !== JSON.stringify(settings) ||
      request.value.data !== data.value,
  );

  function send(command: Command): void {
    if (isReplay) return;
    worker ??= startWorker();
    worker.postMessage(command);
  }

  function startWorker(): Worker {
    const started = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data: report }: MessageEvent<Report>) => receive(report);
    started.onerror = ({ message }) =>
      receive({ kind: "failed", name: "Error", message: message || "The worker could not be started." });
    return started;
  }

  function receive(report: Report): void {
    switch (report.kind) {
      case "state":
        state.value = report.state;
        if (report.state === "done" && request.value) void forget(undefined);
        return;
      case "opened":
        takeOpened(report.opened);
        return;
      case "progress":
        speed.value = report.tokensPerSecond;
        change(request.value?.id, (run) => {
          for (const point of report.points) run.curves.add(point);
          run.points = run.curves.points;
          run.step = report.points.at(-1)?.step ?? run.step;
        });
        return;
      case "validation":
        shown.sample.value = report.sample;
        change(request.value?.id, ({ validations }) => validations.push(report.validation));
        return;
      case "inside":
        shown.inside.value = report.inside;
        return;
      case "written":
        shown.written.value = { ...report.written, done: report.done };
        return;
      case "classified":
        shown.classified.value = report.classes;
        return;
      case "kernels":
        shown.kernels.value = report;
        return;
      case "profiled":
        shown.profile.value = report.rows;
        return;
      case "exported":
        onExport?.(report.bytes);
        return;
      case "saved":
        if (request.value) void remember({ request: request.value, step: report.step });
        return;
      case "clipped":
        clip.value = report.clip;
        return;
      case "failed":
        takeFailure(report);
        return;
    }
  }

  /** A run that has changed is another object, so that all who show it see that it has. */
  function change(id: string | undefined, how: (run: RunRecord) => void): void {
    runs.value = runs.value.map((run) => {
      if (run.id !== id) return run;
      const changed = { ...run };
      how(changed);
      return changed;
    });
  }

  function takeOpened(found: Opened): void {
    opened.value = found;
    change(request.value?.id, (record) => {
      record.curves.take(found.points, found.validations, found.stride ?? 1);
      record.points = record.curves.points;
      record.validations = record.curves.validations;
      record.step = found.step;
      record.baseline = found.baseline;
    });
  }

  /** A GPU that went away comes back in a new worker, from what was saved last. */
  function takeFailure({ name, message }: { name: string; message: string }): void {
    const wasRunning = state.value === "running";
    if (name === "DeviceLostError" && request.value && recoveries < 3) {
      recoveries++;
      notice.value = "The GPU went away. The run goes on from where it was last saved.";
      stopWorker();
      send({ kind: "open", request: request.value, resume: true });
      if (wasRunning) send({ kind: "train" });
      return;
    }
    error.value = { name, message };
  }

  function stopWorker(): void {
    worker?.terminate();
    worker = undefined;
  }

  function begin(next: RunRequest, resume: boolean, weights?: Uint8Array): void {
    clear();
    recoveries = 0;
    clip.value = next.settings.clip;
    const taken = new Set(runs.value.map(({ style }) => style));
    const kept = runs.value.length < mostRuns ? runs.value : runs.value.slice(1);
    const free = styles.findIndex((_, i) => !taken.has(i));
    const style = free < 0 ? (runs.value[0]?.style ?? 0) : free;
    runs.value = [...kept, newRun(next.id, next.settings, style)];
    request.value = next;
    state.value = "opening";
    send({ kind: "open", request: next, resume, ...(weights && { weights }) });
  }

  const newRequest = (): RunRequest => ({
    id: `${Date.now().toString(36)}${Math.floor(1e6 * Math.random()).toString(36)}`,
    settings: { ...settings },
    data: data.value,
  });

  return {
    ...shown,
    current,
    step,
    isChanged,
    send,
    receive,
    begin,
    /** Begins what the form says, or goes on with what is paused. */
    start(): void {
      if (isChanged.value || state.value === "failed" || state.value === "done" || state.value === "idle") {
        begin(newRequest(), false);
      }
      send({ kind: "train" });
    },
    pause: () => send({ kind: "pause" }),
    singleStep(): void {
      if (isChanged.value || state.value === "failed" || state.value === "done") begin(newRequest(), false);
      send({ kind: "step" });
    },
    /** Ends the run for good; its curve stays. */
    async stop(): Promise<void> {
      stopWorker();
      await forget(request.value?.id);
      request.value = null;
      state.value = "idle";
    },
    /** Makes ready for the reports of a recorded run. */
    replay(recorded: Settings): void {
      Object.assign(settings, recorded);
      isReplay = true;
      begin(newRequest(), false);
    },
    load(weights: Uint8Array): void {
      begin(newRequest(), false, weights);
    },
    export(): Promise<Uint8Array<ArrayBuffer>> {
      return new Promise((resolve) => {
        onExport = resolve;
        send({ kind: "export" });
      });
    },
    removeRun(id: string): void {
      runs.value = runs.value.filter((run) => run.id !== id);
    },
    showRun(id: string, isShown: boolean): void {
      change(id, (run) => {
        run.isShown = isShown;
      });
    },
    chooseTask(task: Settings["task"]): void {
      const { cell, seed } = settings;
      Object.assign(settings, defaultsOf(task), { seed, ...(fitsTask(cell, task) && { cell }) });
      data.value = { kind: "none" };
    },
    readAddress(hash: string): void {
      const { settings: said, refused } = readAddress(hash);
      Object.assign(settings, said);
      if (refused.length > 0) notice.value = `Not understood in the address, and left out: ${refused.join(", ")}`;
    },
    address: () => writeAddress(settings),
    async lookForEarlierRun(): Promise<void> {
      remembered.value = (await recall().catch(() => undefined)) ?? null;
    },
    resume(): void {
      const earlier = remembered.value;
      if (!earlier) return;
      remembered.value = null;
      Object.assign(settings, earlier.request.settings);
      data.value = earlier.request.data;
      begin(earlier.request, true);
    },
    async discard(): Promise<void> {
      const id = remembered.value?.request.id;
      remembered.value = null;
      await forget(id);
    },
    dispose: stopWorker,
  };
}

export type Engine = ReturnType<typeof createEngine>;
export const engineKey = Symbol("engine");
