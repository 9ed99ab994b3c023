/** What the page's thread does meanwhile: its tasks, each with the processor's time that it took, out of a trace. */
import type { Page } from "puppeteer";

/** One task of the page's thread. */
export interface Task {
  /**
   * Milliseconds that the thread computed. By the clock it takes longer where others want the processor as well, such as the
   * program that plays the GPU.
   */
  readonly cpu: number;
  /** Milliseconds by the clock. */
  readonly wall: number;
  /** What of it took longest without what that called, the longest first: `UpdateLayoutTree 12.3 ms`. */
  readonly causes: readonly string[];
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** As `dur`, of the thread's own clock. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly functionName?: string; readonly url?: string } };
}

const categories = [
  "toplevel",
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "v8",
  "blink.user_timing",
];

/** Traces the page while something goes on in it. Gives its thread's tasks, the longest first. */
export async function tasksDuring(page: Page, work: () => Promise<unknown>): Promise<Task[]> {
  await page.tracing.start({ categories });
  await work();
  // a task is in the trace once it has ended, and the one that ended the work goes on for a little
  for (let i = 0; i < 2; i++) await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))");
  const trace = await page.tracing.stop();
  if (!trace) throw new Error("the browser gave no trace");
  return tasksOf(JSON.parse(new TextDecoder().decode(trace)).traceEvents);
}

export function tasksOf(events: readonly TraceEvent[]): Task[] {
  const threads = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const spans = events
    .filter(({ ph, pid, tid, tdur }) => ph === "X" && tdur !== undefined && threads.has(`${pid} ${tid}`))
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const isTask = ({ name }: TraceEvent) => name === "RunTask" || name === "ThreadControllerImpl::RunTask";
  const tasks = spans.filter(isTask).map((task) => ({
    cpu: (task.tdur ?? 0) / 1000,
    wall: (task.dur ?? 0) / 1000,
    causes: causesOf(
      task,
      spans.filter((each) => each.pid === task.pid && each.ts >= task.ts && each.ts < task.ts + (task.dur ?? 0)),
    ),
  }));
  return tasks.toSorted((a, b) => b.cpu - a.cpu);
}

/** @param spans the task and all within it, by their beginnings */
function causesOf(task: TraceEvent, spans: readonly TraceEvent[]): string[] {
  const own = new Map<TraceEvent, number>();
  const open: TraceEvent[] = [];
  for (const span of spans) {
    while (open.length > 0 && span.ts >= endOf(open.at(-1) as TraceEvent)) open.pop();
    const outer = open.at(-1);
    own.set(span, span.tdur ?? 0);
    if (outer) own.set(outer, (own.get(outer) ?? 0) - (span.tdur ?? 0));
    open.push(span);
  }
  const byName = new Map<string, number>();
  for (const [span, time] of own) {
    const name = span === task ? "the task itself" : nameOf(span);
    byName.set(name, (byName.get(name) ?? 0) + time);
  }
  return [...byName]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([name, time]) => `${name} ${(time / 1000).toFixed(1)} ms`);
}

const endOf = ({ ts, dur = 0 }: TraceEvent) => ts + dur;
const nameOf = ({ name, args }: TraceEvent) =>
  args?.data?.functionName !== undefined ? `${name} ${args.data.functionName || "(anonymous)"}` : name;
