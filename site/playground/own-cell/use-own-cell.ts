/** What the panel shows of a cell of the visitor's own. */
import { computed, onScopeDispose, ref, shallowRef, toRaw, watch } from "vue";
import { Curves } from "../curves.ts";
import type { RunRecord } from "../runs.ts";
import { useEngine } from "../use-engine.ts";
import { examples } from "./examples.ts";
import { keepCells, keptCells } from "./kept.ts";
import type { CellReport, Check, Checked, Fault, Made, Place, Racer, Racing, Setting, Traced } from "./protocol.ts";
import { patience, Sandbox } from "./sandbox.ts";

/** Milliseconds after the last key. */
const pause = 350;

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly place: Place | null;
}

export function useOwnCell() {
  const engine = useEngine();
  const kept = shallowRef(keptCells());
  const text = ref(kept.value[0] ?? (examples[0]?.text as string));
  /** Whether what is open is the first of the kept ones, which grows with each key. */
  let isKept = kept.value.length > 0;
  const faults = shallowRef<readonly Fault[]>([]);
  const failure = shallowRef<Failure | null>(null);
  const traced = shallowRef<Traced | null>(null);
  const doing = ref<"checking" | "tracing" | "training" | "">("checking");
  const racing = shallowRef<Readonly<Record<Racer, Racing>> | null>(null);
  const runs = shallowRef<readonly RunRecord[]>([]);
  const isReady = computed(() => traced.value !== null && failure.value === null && faults.value.length === 0);
  let made: Made | null = null;
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let checker: Worker | undefined;

  const sandbox = new Sandbox(receive, () => {
    failure.value = {
      name: "TimeLimit",
      message: `The cell did not come to an end within ${patience} seconds, and was stopped. Is there a loop in it that never ends?`,
      place: null,
    };
    doing.value = "";
  });

  const setting = (): Setting => ({ settings: { ...engine.settings }, data: toRaw(engine.data.value) });
  const send = (command: Parameters<Sandbox["send"]>[0]) =>
    sandbox.send(command).catch((error: Error) => {
      failure.value = { name: error.name, message: error.message, place: null };
      doing.value = "";
    });

  function check(): void {
    if (!checker) {
      checker = new Worker(new URL("./checker.ts", import.meta.url), { type: "module" });
      checker.onmessage = ({ data }: MessageEvent<Checked>) => takeCheck(data);
      checker.onerror = ({ message }) => takeCheck({ id: count, failed: message || "it could not be loaded" });
    }
    doing.value = "checking";
    checker.postMessage({ id: ++count, text: text.value } satisfies Check);
  }

  function takeCheck(checked: Checked): void {
    if (checked.id !== count) return;
    if ("failed" in checked) {
      failure.value = { name: "Type check", message: checked.failed, place: null };
      doing.value = "";
      return;
    }
    faults.value = checked.faults;
    failure.value = null;
    made = checked.made;
    if (made) trace();
    else doing.value = "";
  }

  function trace(): void {
    if (!made) return;
    doing.value = "tracing";
    failure.value = null;
    void send({ kind: "trace", id: ++count, made, setting: setting() });
  }

  function receive(report: Exclude<CellReport, { kind: "pong" }>): void {
    if (report.id !== count) return;
    switch (report.kind) {
      case "traced":
        traced.value = report.traced;
        doing.value = "";
        return;
      case "racing":
        racing.value = report.racing;
        return;
      case "progress":
        runs.value = runs.value.map((run) => {
          const { curves } = run;
          const fresh = report.points[run.id as Racer];
          for (const point of fresh) curves.add(point);
          curves.validations.push(...report.validations[run.id as Racer]);
          return {
            ...run,
            points: curves.points,
            validations: curves.validations,
            step: fresh.at(-1)?.step ?? run.step,
          };
        });
        return;
      case "raced":
        doing.value = "";
        return;
      case "failed":
        failure.value = { name: report.name, message: report.message, place: report.place };
        doing.value = "";
        return;
    }
  }

  function later(work: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(work, pause);
  }

  /** Shows a text that is not the visitor's own yet. */
  function open(next: string): void {
    text.value = next;
    isKept = false;
    clearTimeout(timer);
    check();
  }

  watch(
    () => ({ ...engine.settings, data: engine.data.value }),
    () => {
      if (made) later(trace);
    },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    checker?.terminate();
    sandbox.end();
  });

  return {
    text,
    kept,
    faults,
    failure,
    traced,
    doing,
    racing,
    runs,
    isReady,
    check,
    open,
    edit(next: string): void {
      text.value = next;
      kept.value = [next, ...kept.value.slice(isKept ? 1 : 0)];
      isKept = true;
      keepCells(kept.value);
      doing.value = "checking";
      later(check);
    },
    train(): void {
      if (!made) return;
      const { settings } = setting();
      const record = (id: Racer, label: string, style: number): RunRecord => ({
        ...{ id, label, style, settings },
        ...{ curves: new Curves(), points: [], validations: [], step: 0, baseline: null, isShown: true },
      });
      runs.value = [record("own", "Your cell", 0), record("lstm", "LSTM", 1)];
      racing.value = null;
      failure.value = null;
      doing.value = "training";
      void send({ kind: "race", id: ++count, made, setting: setting() });
    },
    stop(): void {
      doing.value = "";
      void send({ kind: "stop" });
    },
  };
}

export type OwnCellState = ReturnType<typeof useOwnCell>;
