/** What the page shows: the form, the open run and what its worker told last. */
import { reactive, ref, shallowRef } from "vue";
import { defaultsOf } from "./facts.ts";
import type {
  Inside,
  Kernels,
  Opened,
  ProfileRow,
  RunRequest,
  RunState,
  Sample,
  TaskData,
  Written,
} from "./protocol.ts";
import type { RunRecord } from "./runs.ts";
import type { Settings } from "./settings.ts";
import type { Remembered } from "./storage.ts";

export function createShown() {
  const settings = reactive<{ -readonly [K in keyof Settings]: Settings[K] }>({ ...defaultsOf("text") });
  const data = shallowRef<TaskData>({ kind: "none" });
  const state = ref<RunState>("idle");
  const opened = shallowRef<Opened | null>(null);
  const runs = shallowRef<RunRecord[]>([]);
  const sample = shallowRef<Sample | null>(null);
  const inside = shallowRef<Inside | null>(null);
  const written = shallowRef<(Written & { done: boolean }) | null>(null);
  const classified = shallowRef<Written["next"] | null>(null);
  const kernels = shallowRef<Kernels | null>(null);
  const profile = shallowRef<readonly ProfileRow[] | null>(null);
  const speed = ref(0);
  const error = shallowRef<{ name: string; message: string } | null>(null);
  const notice = ref("");
  const remembered = shallowRef<Remembered | null>(null);
  const clip = ref(0);
  /** The run that is open; its settings may differ from the form's. */
  const request = shallowRef<RunRequest | null>(null);
  /** Forgets what the worker told of another run. */
  function clear(): void {
    error.value = null;
    notice.value = "";
    for (const each of [opened, sample, inside, written, classified, kernels, profile]) each.value = null;
    speed.value = 0;
  }
  return {
    settings,
    data,
    state,
    opened,
    runs,
    sample,
    inside,
    written,
    classified,
    kernels,
    profile,
    speed,
    error,
    notice,
    remembered,
    clip,
    request,
    clear,
  };
}

export type Shown = ReturnType<typeof createShown>;
