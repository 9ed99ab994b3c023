import { bin, smooth, ticks } from "../shared/series.ts";

const width = 760;
const height = 420;
const margin = { left: 64, right: 24, top: 60, bottom: 52 };
const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };

/** The loss over the steps as an SVG picture that suits light and dark pages. */
export function lossPlot(losses: readonly number[], title: string, subtitle: string): string {
  const smoothed = smooth(losses);
  const steps = Math.max(2, losses.length);
  const [low, high] = range(losses);
  const x = (step: number) => round(margin.left + ((step - 1) / (steps - 1)) * inner.width);
  const y = (loss: number) => round(margin.top + ((high - loss) / (high - low)) * inner.height);
  // More points than pixels would only make the file large.
  const path = (values: readonly number[]) =>
    bin(values, inner.width)
      .map(({ at, value }, i) => `${i === 0 ? "M" : "L"}${x(at + 1)} ${y(value)}`)
      .join("");
  const bottom = margin.top + inner.height;
  const last = smoothed.at(-1) ?? 0;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<style>
  svg { --paper: #ffffff; --ink: #1f2430; --faint: #6b7280; --grid: #e5e7eb; --line: #2563eb; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14171d; --ink: #e6e9ef; --faint: #9aa3b2; --grid: #2a303b; --line: #6ea8fe; }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--faint); }
  .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .axis { stroke: var(--faint); stroke-width: 1; }
  .raw, .smooth { fill: none; stroke: var(--line); stroke-linejoin: round; stroke-linecap: round; }
  .raw { stroke-width: 1; opacity: 0.4; }
  .smooth { stroke-width: 2.25; }
  .last { fill: var(--line); font-weight: 600; }
</style>
<rect width="${width}" height="${height}" rx="8" fill="var(--paper)"/>
<text class="title" x="${margin.left}" y="28">${escapeXml(title)}</text>
<text x="${margin.left}" y="46">${escapeXml(subtitle)}</text>
${ticks(low, high, 6)
  .map((tick) => horizontalTick(y(tick), tick))
  .join("\n")}
${ticks(1, steps, 8)
  .map((tick) => verticalTick(x(tick), bottom, tick))
  .join("\n")}
<path class="axis" fill="none" d="M${margin.left} ${margin.top}V${bottom}H${width - margin.right}"/>
<text x="${margin.left + inner.width / 2}" y="${height - 12}" text-anchor="middle">step</text>
<text transform="translate(18 ${margin.top + inner.height / 2}) rotate(-90)" text-anchor="middle">loss (nats per character)</text>
<path class="raw" d="${path(losses)}"/>
<path class="smooth" d="${path(smoothed)}"/>
<text class="last" x="${width - margin.right}" y="${y(last) - 10}" text-anchor="end">${last.toFixed(3)}</text>
<path class="raw" d="M${width - 206} 24h22"/><text x="${width - 178}" y="28">each step</text>
<path class="smooth" d="M${width - 100} 24h22"/><text x="${width - 72}" y="28">smooth</text>
</svg>
`;
}

function horizontalTick(y: number, value: number): string {
  return `<path class="grid" d="M${margin.left} ${y}h${inner.width}"/><text x="${margin.left - 8}" y="${y + 4}" text-anchor="end">${value}</text>`;
}

function verticalTick(x: number, bottom: number, value: number): string {
  return `<path class="axis" d="M${x} ${bottom}v5"/><text x="${x}" y="${bottom + 20}" text-anchor="middle">${value}</text>`;
}

/** Room above and below the curve, so that it touches no edge. */
function range(losses: readonly number[]): [number, number] {
  const low = losses.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = losses.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = Math.max((high - low) * 0.06, 0.01);
  return [Math.max(0, low - room), high + room];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
