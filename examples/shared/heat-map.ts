import { escapeXml, round } from "./svg.ts";

export interface HeatMap {
  /** The upper left corner of the squares; labels are outside of it. */
  readonly x: number;
  readonly y: number;
  /** A square's side. */
  readonly cell: number;
  readonly title?: string;
  /** A label for each row and column, if any. */
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  /** From 0 (nothing is drawn) to 1. */
  readonly values: readonly (readonly number[])[];
}

/** Squares whose darkness are numbers, for a picture by `svg`. */
export function heatMap({ x, y, cell, title, rows = [], columns = [], values }: HeatMap): string {
  const width = Math.max(...values.map((row) => row.length)) * cell;
  const squares = [...strips(values)].map(([opacity, found]) => {
    const d = found.map(
      ({ row, from, to }) =>
        `M${round(from * cell)} ${round(row * cell)}h${round((to - from) * cell)}v${cell}H${round(from * cell)}z`,
    );
    return `<path fill-opacity="${opacity}" d="${d.join("")}"/>`;
  });
  const label = (text: string, at: number, up: boolean) =>
    `<text x="${up ? round((at + 0.5) * cell) : -8}" y="${up ? -6 : round((at + 0.5) * cell + 4)}" text-anchor="${up ? "middle" : "end"}">${escapeXml(text)}</text>`;
  return [
    `<g transform="translate(${round(x)} ${round(y)})">`,
    title === undefined ? "" : `<text x="0" y="${columns.length > 0 ? -22 : -8}">${escapeXml(title)}</text>`,
    ...rows.map((text, i) => label(text, i, false)),
    ...columns.map((text, j) => label(text, j, true)),
    `<g fill="var(--c0)">${squares.join("")}</g>`,
    `<path class="grid" fill="none" d="M0 0h${round(width)}v${round(values.length * cell)}h-${round(width)}z"/>`,
    "</g>",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

interface Strip {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Neighbours in a row that are equally dark, by how dark they are. */
function strips(values: HeatMap["values"]): Map<number, Strip[]> {
  const found = new Map<number, Strip[]>();
  const opacityOf = (value: number | undefined) => Number(Math.min(1, Math.max(0, value ?? 0)).toFixed(2));
  for (const [row, numbers] of values.entries()) {
    for (let from = 0, to = 0; from < numbers.length; from = to) {
      const opacity = opacityOf(numbers[from]);
      while (to < numbers.length && opacityOf(numbers[to]) === opacity) to++;
      if (opacity > 0) found.set(opacity, [...(found.get(opacity) ?? []), { row, from, to }]);
    }
  }
  return found;
}
