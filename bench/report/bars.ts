/** Bars of how many times longer others take, on a logarithmic scale. */
import { escapeHtml } from "./html.ts";

export interface Bar {
  readonly label: string;
  readonly engine: string;
  readonly ratio: number;
}

const [LABEL, WIDTH, ROW, VALUE] = [300, 560, 20, 60];

/** Ratios below 1 go to the left of the line at 1. */
export function drawBars(bars: readonly Bar[]): string {
  const logs = bars.map(({ ratio }) => Math.log10(ratio));
  const low = Math.min(0, Math.floor(Math.min(...logs)));
  const high = Math.max(1, Math.ceil(Math.max(...logs)));
  const x = (log: number) => LABEL + ((log - low) / (high - low)) * WIDTH;
  const height = bars.length * ROW + 24;
  const grid = Array.from({ length: high - low + 1 }, (_, i) => low + i).map(
    (log) =>
      `<line class="${log === 0 ? "one" : "grid"}" x1="${x(log)}" x2="${x(log)}" y1="0" y2="${height - 20}"/>` +
      `<text class="tick" x="${x(log)}" y="${height - 6}">${log < 0 ? (10 ** log).toFixed(-log) : 10 ** log}×</text>`,
  );
  const rows = bars.map(({ label, engine, ratio }, i) => {
    const [from, to] = [x(0), x(Math.log10(ratio))].sort((a, b) => a - b) as [number, number];
    const y = i * ROW;
    const title = `${label}: ${engine} takes ${ratio.toFixed(2)} times as long as seqgrad`;
    return (
      `<g><title>${escapeHtml(title)}</title>` +
      `<text class="label" x="${LABEL - 8}" y="${y + 14}">${escapeHtml(label)}</text>` +
      `<rect class="${escapeHtml(engine)}" x="${from.toFixed(1)}" y="${y + 3}" width="${Math.max(1, to - from).toFixed(1)}" height="${ROW - 6}" rx="2"/>` +
      `<text class="value" x="${(to + 5).toFixed(1)}" y="${y + 14}">${ratio.toFixed(ratio < 10 ? 2 : 0)}</text></g>`
    );
  });
  const viewBox = `0 0 ${LABEL + WIDTH + VALUE} ${height}`;
  return `<svg viewBox="${viewBox}" role="img" aria-label="times as long as seqgrad">${grid.join("")}${rows.join("")}</svg>`;
}
