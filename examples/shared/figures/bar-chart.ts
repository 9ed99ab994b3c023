import { barX, ruleX, text } from "@observablehq/plot";
import { colourOf, type Panel } from "./figure.ts";

export interface BarChart {
  readonly title?: string;
  readonly subtitle?: string;
  readonly xLabel: string;
  /** From above; those of a series have one colour, and a place in the legend. */
  readonly bars: readonly { readonly label: string; readonly value: number; readonly series?: string }[];
  /** A logarithmic axis, of which bars begin at 1; a value that it has no place for has no bar. */
  readonly log?: boolean;
  readonly format?: (value: number) => string;
}

const [barHeight, letter] = [20, 6.5];

export function barChart({ title, subtitle, xLabel, bars, log = false, format = String }: BarChart): Panel {
  const series = [...new Set(bars.flatMap((bar) => bar.series ?? []))];
  const marginLeft = 24 + letter * Math.max(...bars.map(({ label }) => label.length));
  const drawn = bars.map(({ value, series: of }, i) => ({
    i,
    value: Number.isFinite(value) && (!log || value > 0) ? value : null,
    colour: colourOf(of === undefined ? 0 : series.indexOf(of)),
  }));
  const start = log ? 1 : 0;
  return {
    title,
    subtitle,
    ...(series.length > 0 && { legend: series.map((label, i) => ({ label, colour: colourOf(i) })) }),
    plot: {
      width: marginLeft + 600,
      height: bars.length * barHeight + 64,
      marginLeft,
      marginRight: 48,
      marginTop: 8,
      marginBottom: 48,
      x: {
        type: log ? "log" : "linear",
        label: xLabel,
        labelAnchor: "center",
        labelArrow: "none",
        grid: true,
        nice: true,
      },
      y: { label: null, tickSize: 0, padding: 0.25, tickFormat: (i: number) => bars[i]?.label ?? "" },
      marks: [
        barX(drawn, { x1: start, x2: "value", y: "i", fill: "colour" }),
        text(drawn, {
          x: "value",
          y: "i",
          text: ({ value }: { value: number | null }) => (value === null ? "" : format(value)),
          textAnchor: "start",
          dx: 4,
        }),
        ruleX([start]),
      ],
    },
  };
}
