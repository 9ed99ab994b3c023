import { cell, frame } from "@observablehq/plot";
import { colourOf, type Panel } from "./figure.ts";

export interface HeatMap {
  readonly title?: string;
  readonly subtitle?: string;
  /** A label for each row and column, if any; columns' words stand aslant. */
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  /** From 0 (nothing is drawn) to 1. */
  readonly values: readonly (readonly number[])[];
  /** A square's side. Default: 16. */
  readonly size?: number;
}

/** Squares whose darkness are numbers. */
export function heatMap({ title, subtitle, rows, columns, values, size = 16 }: HeatMap): Panel {
  const squares = values.flatMap((row, i) => row.map((value, j) => ({ i, j, value: Number(value.toFixed(2)) })));
  const [height, width] = [values.length, Math.max(...values.map((row) => row.length))];
  const room = (labels: readonly string[] = [""]) => 30 + 7 * Math.max(...labels.map((label) => label.length));
  const isAslant = columns?.some((label) => label.length > 2) ?? false;
  // words that stand aslant lean out over the last column
  const marginRight = isAslant ? Math.max(16, 4 * (columns?.at(-1)?.length ?? 0)) : 16;
  const scale = (count: number, labels: readonly string[] | undefined) => ({
    domain: Array.from({ length: count }, (_, i) => i),
    padding: 0,
    label: null,
    axis: null,
    ...(labels && { tickFormat: (i: number) => labels[i] ?? "", tickSize: 0 }),
  });
  const [marginLeft, marginTop] = [room(rows), isAslant ? room(columns) - 8 : columns ? 24 : 8];
  return {
    title,
    subtitle,
    plot: {
      width: marginLeft + width * size + marginRight,
      height: marginTop + height * size + 16,
      marginLeft,
      marginTop,
      marginRight,
      marginBottom: 16,
      x: { ...scale(width, columns), axis: columns ? "top" : null, ...(isAslant && { tickRotate: -60 }) },
      y: { ...scale(height, rows), axis: rows ? "left" : null },
      opacity: { domain: [0, 1], range: [0, 1] },
      marks: [
        cell(
          squares.filter(({ value }) => value >= 0.01),
          { x: "j", y: "i", fill: colourOf(0), fillOpacity: "value" },
        ),
        frame({ strokeOpacity: 0.2 }),
      ],
    },
  };
}
