import { ticks } from "./series.ts";
import { escapeXml, round, svg } from "./svg.ts";

/** A curve, or a dashed level across the whole chart. */
export type Line =
  | { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] }
  | { readonly label: string; readonly level: number };

export interface Chart {
  readonly title: string;
  readonly subtitle?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** A logarithmic y axis; values that it has no place for are left out. */
  readonly log?: boolean;
  /** Ends of the y axis; what the lines need unless given. Values outside are drawn at the edge. */
  readonly yRange?: readonly [low: number, high: number];
}

export const chartWidth = 760;
export const chartHeight = 440;
const margin = { left: 72, right: 24, top: 60, bottom: 74 };

/** A line chart as an SVG picture that suits light and dark pages. */
export function lineChart(chart: Chart): string {
  return charts(chart.title, [chart], 1);
}

/** Several charts in rows of `columns`. */
export function charts(title: string, all: readonly Chart[], columns: number): string {
  const place = (i: number) => `translate(${(i % columns) * chartWidth} ${Math.floor(i / columns) * chartHeight})`;
  const content = all.map((chart, i) => `<g transform="${place(i)}">${drawChart(chart)}</g>`).join("\n");
  return svg(title, chartWidth * columns, chartHeight * Math.ceil(all.length / columns), content);
}

function drawChart({ title, subtitle = "", xLabel, yLabel, lines, log = false, yRange }: Chart): string {
  const inner = { width: chartWidth - margin.left - margin.right, height: chartHeight - margin.top - margin.bottom };
  const bottom = margin.top + inner.height;
  const usable = (y: number) => Number.isFinite(y) && (!log || y > 0);
  const xs = lines.flatMap((line) => ("points" in line ? line.points.map(([x]) => x) : []));
  const ys = lines.flatMap((line) => ("points" in line ? line.points.map(([, y]) => y) : [line.level])).filter(usable);
  const [left, right] = [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)];
  const scale = log ? Math.log10 : (y: number) => y;
  const [low, high] = (yRange ?? padded(ys, log)).map(scale) as [number, number];
  const toX = (x: number) => round(margin.left + ((x - left) / (right - left)) * inner.width);
  const toY = (y: number) => round(margin.top + ((high - clip(scale(y), low, high)) / (high - low)) * inner.height);
  const path = (points: readonly (readonly [number, number])[]) =>
    points
      .filter(([, y]) => usable(y))
      .map(([x, y], i) => `${i === 0 ? "M" : "L"}${toX(x)} ${toY(y)}`)
      .join("");

  const yTicks = log ? powersOfTen(low, high) : ticks(low, high, 6).map((y) => ({ y, text: String(y) }));
  return [
    `<text class="title" x="${margin.left}" y="28">${escapeXml(title)}</text>`,
    `<text x="${margin.left}" y="46">${escapeXml(subtitle)}</text>`,
    ...yTicks.map(
      ({ y, text }) =>
        `<path class="grid" d="M${margin.left} ${toY(y)}h${inner.width}"/><text x="${margin.left - 8}" y="${toY(y) + 4}" text-anchor="end">${text}</text>`,
    ),
    ...ticks(left, right, 8).map(
      (x) =>
        `<path class="axis" d="M${toX(x)} ${bottom}v5"/><text x="${toX(x)}" y="${bottom + 20}" text-anchor="middle">${x}</text>`,
    ),
    `<path class="axis" fill="none" d="M${margin.left} ${margin.top}V${bottom}h${inner.width}"/>`,
    `<text x="${margin.left + inner.width / 2}" y="${bottom + 38}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text transform="translate(18 ${margin.top + inner.height / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`,
    ...lines.map((line, i) => {
      const style = "level" in line ? 'class="line level"' : `class="line c${i % 6}"`;
      const d = "level" in line ? `M${margin.left} ${toY(line.level)}h${inner.width}` : path(line.points);
      return `<path ${style} d="${d}"/>`;
    }),
    ...legend(lines, bottom + 60),
  ].join("\n");
}

function legend(lines: readonly Line[], y: number): string[] {
  let x = margin.left;
  return lines.map((line, i) => {
    const at = x;
    x += 46 + line.label.length * 6;
    const style = "level" in line ? "line level" : `line c${i % 6}`;
    return `<path class="${style}" d="M${round(at)} ${y - 4}h22"/><text x="${round(at + 28)}" y="${y}">${escapeXml(line.label)}</text>`;
  });
}

/** Labels for the whole powers of ten between two logarithms, every second or third where there are many. */
function powersOfTen(low: number, high: number): { y: number; text: string }[] {
  const [first, last] = [Math.ceil(low - 1e-9), Math.floor(high + 1e-9)];
  const stride = Math.max(1, Math.ceil((last - first) / 8));
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((n) => n % stride === 0);
  return exponents.map((n) => ({ y: 10 ** n, text: n >= -3 && n <= 3 ? String(Number(`1e${n}`)) : `1e${n}` }));
}

/** The values' range with a little room, so that no line touches an edge. */
function padded(ys: readonly number[], log: boolean): [number, number] {
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (log) return [low / 1.6, high * 1.6];
  const room = Math.max((high - low) * 0.06, 0.01);
  return [low - room, high + room];
}

const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
