import type { AdapterDescription } from "seqgrad";
import type { Cell } from "../shared/cells.ts";
import { figure } from "../shared/figures/figure.ts";
import { type Line, lineChart } from "../shared/figures/line-chart.ts";
import type { ClassicOptions } from "./options.ts";
import type { Task } from "./tasks/task.ts";
import type { CurvePoint, Run } from "./train.ts";

const mostPoints = 200;

/** Small enough to be committed: curves are thinned, numbers have four digits. */
export function resultsJson(
  { name, kind }: AdapterDescription,
  { taskName, symbols, cells: _, out: __, adapter: ___, ...options }: ClassicOptions,
  task: Task,
  runs: readonly Run[],
): string {
  const head = {
    task: taskName,
    about: task.about,
    adapter: { name, kind },
    options: taskName === "copy" ? { symbols, ...options } : options,
    baseline: short(task.baseline(options.length)),
  };
  const lines = runs.map(({ curve, seconds, final, longer, ...run }) => ({
    ...run,
    seconds: Math.round(seconds),
    loss: short(final.loss),
    right: short(final.accuracy),
    longer: longer.map((other) => ({ length: other.length, loss: short(other.loss), right: short(other.accuracy) })),
    curve: thin(curve).map(({ step, loss, accuracy }) => [step, short(loss), short(accuracy)]),
  }));
  const runsJson = lines.map((line) => `    ${JSON.stringify(line)}`).join(",\n");
  return `${JSON.stringify({ ...head, runs: [] }, null, 2).replace('"runs": []', () => `"runs": [\n${runsJson}\n  ]`)}\n`;
}

/** The best run of each cell: learned first, then by loss. */
export function bestRuns(runs: readonly Run[]): Map<Cell, Run> {
  const best = new Map<Cell, Run>();
  const rank = (run: Run) => (run.learnedAt === null ? finite(run.final.loss) : -1 / run.learnedAt);
  for (const run of runs) {
    const other = best.get(run.cell);
    if (!other || rank(run) < rank(other)) best.set(run.cell, run);
  }
  return best;
}

export function curvesPicture({ length, hidden, batch }: ClassicOptions, task: Task, runs: readonly Run[]): string {
  const lines: Line[] = [...bestRuns(runs)].map(([cell, { curve, lr }]) => ({
    label: `${cell}, rate ${lr}`,
    points: thin(curve).map(({ step, loss }) => [step, loss] as const),
  }));
  const chart = lineChart({
    xLabel: "training step",
    yLabel: "loss",
    lines: [...lines, { label: "remembering nothing", level: task.baseline(length) }],
    log: true,
  });
  const title = `${task.name}, length ${length}: ${task.about}`;
  const subtitle = `loss on sequences never trained on; hidden ${hidden}, batch ${batch}, best learning rate of each cell`;
  return figure({ title, subtitle }, [chart]);
}

function thin(curve: readonly CurvePoint[]): CurvePoint[] {
  const stride = Math.ceil(curve.length / mostPoints);
  return curve.filter((_, i) => i % stride === 0 || i === curve.length - 1);
}

const finite = (value: number) => (Number.isFinite(value) ? value : Number.MAX_VALUE);
const short = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);
