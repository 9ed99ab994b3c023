import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import { bin, smooth } from "../shared/series.ts";

/** More points than pixels would only make the file large. */
const mostPoints = 680;

/** The loss over the steps. */
export function lossPlot(losses: readonly number[], title: string, subtitle: string): string {
  const smoothed = smooth(losses);
  const points = (values: readonly number[]) =>
    bin(values, mostPoints).map(({ at, value }) => [at + 1, value] as const);
  const chart = lineChart({
    xLabel: "step",
    yLabel: "loss (nats per character)",
    lines: [
      { label: "each step", points: points(losses), faint: true },
      { label: `smooth, at last ${smoothed.at(-1)?.toFixed(3)}`, points: points(smoothed) },
    ],
  });
  return figure({ title, subtitle }, [chart]);
}
