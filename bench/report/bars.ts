import { barChart } from "../../examples/shared/figures/bar-chart.ts";
import { figure } from "../../examples/shared/figures/figure.ts";

export interface Bar {
  readonly label: string;
  readonly engine: string;
  readonly ratio: number;
}

/** Bars of how many times longer others take. Ratios below 1 go to the left of the line at 1. */
export function drawBars(title: string, bars: readonly Bar[]): string {
  const chart = barChart({
    xLabel: "longer bars are better for seqgrad",
    bars: bars.map(({ label, engine, ratio }) => ({ label, value: ratio, series: engine })),
    log: true,
    format: (ratio) => ratio.toFixed(ratio < 10 ? 2 : 0),
  });
  return figure({ title: `${title}: times as long as seqgrad` }, [chart]);
}
