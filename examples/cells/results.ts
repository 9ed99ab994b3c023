import type { AdapterDescription } from "seqgrad";
import type { TaskName } from "../classic-tests/tasks/task.ts";
import { figure } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";
import type { Climb, Rung } from "./ladder.ts";
import { type CellsOptions, lengthsOf } from "./options.ts";

/** Small enough to be committed: numbers have four digits. */
export function resultsJson(
  { name, kind }: AdapterDescription,
  { out: _, adapter: __, ...options }: CellsOptions,
  climbs: readonly Climb[],
): string {
  const lines = climbs.map(({ task, cell, longest, seconds, rungs }) => {
    const short = rungs.map(({ length, steps, loss, accuracy, remembered }) => [
      ...[length, steps, digits(loss), digits(accuracy), digits(remembered)],
    ]);
    return `    ${JSON.stringify({ task, cell, longest, seconds: Math.round(seconds), rungs: short })}`;
  });
  const head = {
    about: "longest sequences of the classic tests that each cell learned",
    adapter: { name, kind },
    options,
    columns: ["length", "steps", "loss", "accuracy", "remembered"],
  };
  return `${JSON.stringify({ ...head, climbs: [] }, null, 2).replace('"climbs": []', () => `"climbs": [\n${lines.join(",\n")}\n  ]`)}\n`;
}

const digits = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);

/** A panel for each task, a row for each cell: how much it remembers at each length. Those that remember longest come first. */
export function memoryPicture(options: CellsOptions, climbs: readonly Climb[]): string {
  const lengths = lengthsOf(options);
  const cells = [...new Set(climbs.map(({ cell }) => cell))];
  const reach = (of: readonly Climb[]) =>
    of.flatMap(({ rungs }) => rungs).reduce((sum, { remembered }) => sum + remembered, 0);
  const byReach = cells
    .map((cell) => ({ cell, total: reach(climbs.filter((climb) => climb.cell === cell)) }))
    .sort((a, b) => b.total - a.total);
  const panel = (task: TaskName) => {
    const rows = byReach.map(({ cell }) => {
      const rungs: readonly Rung[] = climbs.find((climb) => climb.cell === cell && climb.task === task)?.rungs ?? [];
      return lengths.map((length) => rungs.find((rung) => rung.length === length)?.remembered ?? 0);
    });
    return heatMap({
      title: task,
      rows: byReach.map(({ cell }) => cell),
      columns: lengths.map(String),
      values: rows,
      size: 22,
    });
  };
  const title = "Which cell remembers how long";
  const subtitle = "by length: how much of the best forgetful answer's loss is gone; a cell ends where it fails";
  return figure({ title, subtitle, columns: options.tasks.length }, options.tasks.map(panel));
}
