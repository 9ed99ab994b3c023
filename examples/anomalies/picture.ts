import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import type { TimedSeries } from "./series.ts";

/** The series with its windows and alarms, and below it the scores, from row `from` on. */
export function picture(
  { name, values, windows }: TimedSeries,
  scores: Float64Array,
  alarms: readonly boolean[],
  from: number,
): string {
  const rows = Array.from({ length: values.length - from }, (_, i) => from + i);
  const only = (holds: (row: number) => boolean, at: (row: number) => number) =>
    rows.map((row) => [row, holds(row) ? at(row) : Number.NaN] as const);
  const shown = Array.from(values.slice(from));
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const edge = (share: number) => high + share * (high - low);
  return figure({ title: `${name}: where it is not as it used to be` }, [
    lineChart({
      title: "Numbers",
      xLabel: "row",
      yLabel: name,
      lines: [
        { label: "series", points: rows.map((row) => [row, values[row] as number]) },
        // a line needs two points to be seen
        {
          label: "alarms",
          points: only(
            (row) => (alarms[row] || alarms[row - 1]) ?? false,
            () => edge(0.06),
          ),
        },
        {
          label: "anomalies as labelled",
          points: only(
            (row) => windows.some(([first, end]) => row >= first && row < end),
            () => edge(0.12),
          ),
        },
      ],
    }),
    lineChart({
      title: "Score",
      subtitle: "how far forecasts and drawings are off; above 1 there is an alarm",
      xLabel: "row",
      yLabel: "score",
      lines: [
        { label: "score", points: rows.map((row) => [row, scores[row] as number]) },
        { label: "alarm", level: 1 },
      ],
    }),
  ]);
}
