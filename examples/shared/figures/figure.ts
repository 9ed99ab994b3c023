/** Pictures of charts that Observable Plot draws, as SVG that suits light and dark pages. */
import { type PlotOptions, plot } from "@observablehq/plot";
import { DOMImplementation, XMLSerializer } from "@xmldom/xmldom";

/** A chart as `lineChart`, `heatMap` and `barChart` describe it. */
export interface Panel {
  readonly title?: string | undefined;
  readonly subtitle?: string | undefined;
  /** Below the chart: what its lines are. */
  readonly legend?: readonly {
    readonly label: string;
    readonly colour: string;
    readonly dashed?: boolean;
    readonly pale?: boolean;
  }[];
  readonly plot: PlotOptions & { readonly width: number; readonly height: number };
}

export interface FigureOptions {
  /** Also what the picture is called where it is not seen. */
  readonly title: string;
  readonly subtitle?: string;
  /** Panels in a row. Default: 1. */
  readonly columns?: number;
}

const light = ["#2563eb", "#c2410c", "#15803d", "#a21caf", "#0e7490", "#b91c1c"];
const dark = ["#6ea8fe", "#fb923c", "#4ade80", "#e879f9", "#22d3ee", "#f87171"];

/** The colour of the i-th of several lines, in light and dark. */
export const colourOf = (i: number): string => `var(--c${i % light.length})`;

const palette = (colours: readonly string[]) => colours.map((colour, i) => `--c${i}: ${colour};`).join(" ");

const style = `<style>
  .figure { color: #6b7280; --paper: #ffffff; --ink: #1f2430; ${palette(light)} }
  @media (prefers-color-scheme: dark) {
    .figure { color: #9aa3b2; --paper: #14171d; --ink: #e6e9ef; ${palette(dark)} }
  }
  .figure text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: currentColor; white-space: pre; }
  .figure .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .figure .name { font-weight: 600; fill: var(--ink); }
  .figure [aria-label$="grid"] { stroke-opacity: 0.22; }
</style>`;

const [edge, line] = [16, 18];

/** A title, and below it the panels, in rows. */
export function figure({ title, subtitle, columns = 1 }: FigureOptions, panels: readonly Panel[]): string {
  const sizes = panels.map((panel) => ({ width: panel.plot.width, height: heightOf(panel) }));
  const most = (of: "width" | "height", lane: (i: number) => number) =>
    sizes.reduce<number[]>((found, size, i) => {
      found[lane(i)] = Math.max(found[lane(i)] ?? 0, size[of]);
      return found;
    }, []);
  const widths = most("width", (i) => i % columns);
  const heights = most("height", (i) => Math.floor(i / columns));
  const top = 38 + (subtitle === undefined ? 0 : line);
  const drawn = panels.map((panel, i) => {
    const [x, y] = [sum(widths.slice(0, i % columns)), top + sum(heights.slice(0, Math.floor(i / columns)))];
    return `<g class="panel" transform="translate(${x} ${y})">${drawPanel(panel)}</g>`;
  });
  const [width, height] = [Math.max(600, sum(widths)), top + sum(heights)];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
${style}
<rect width="${width}" height="${height}" rx="8" fill="var(--paper)"/>
${text("title", 28, title)}${text("subtitle", 28 + line, subtitle)}
${drawn.join("\n")}
</svg>
`;
}

const headingOf = ({ title, subtitle }: Panel) => [title, subtitle].filter((each) => each !== undefined).length * line;
const heightOf = (panel: Panel) => headingOf(panel) + panel.plot.height + (panel.legend ? line + 8 : 0);

function drawPanel(panel: Panel): string {
  const { title, subtitle, legend } = panel;
  const top = headingOf(panel);
  const entries = (legend ?? []).map(
    ({ label, colour, dashed, pale }, i) =>
      `<tspan dx="${i > 0 ? 16 : 0}" fill="${colour}" font-weight="bold"${pale ? ' fill-opacity="0.4"' : ""}>${dashed ? "- -" : pale ? "■" : "—"}</tspan> ${escapeXml(label)}`,
  );
  return [
    text("name", line - 4, title),
    text("subtitle", top - 4, subtitle),
    drawPlot(panel.plot, top),
    legend ? `<text x="${edge}" y="${top + panel.plot.height + line}">${entries.join("")}</text>` : "",
  ].join("");
}

function drawPlot(options: PlotOptions, y: number): string {
  const document = new DOMImplementation().createDocument("http://www.w3.org/1999/xhtml", "html", null);
  const drawn = plot({ ...options, document: document as unknown as Document });
  // Plot's own style sets a size that only suits an element of HTML
  const [own] = drawn.getElementsByTagName("style");
  if (own) drawn.removeChild(own);
  drawn.setAttribute("y", String(y));
  const xml = new XMLSerializer().serializeToString(
    drawn as unknown as Parameters<XMLSerializer["serializeToString"]>[0],
  );
  return xml.replace(/ (?:d|x\d?|y\d?|width|height|transform)="[^"]*"/g, rounded);
}

/** More digits than are seen would only make the file large. */
const rounded = (attribute: string) =>
  attribute.replace(/\d+\.\d+(?:e-\d+)?/g, (number) => String(Number(Number(number).toFixed(1))));

const text = (name: string, y: number, content: string | undefined) =>
  content === undefined ? "" : `<text class="${name}" x="${edge}" y="${y}">${escapeXml(content)}</text>`;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
