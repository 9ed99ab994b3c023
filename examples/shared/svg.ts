/** A picture with this content; colours follow the page's light or dark mode. Classes: title, grid, axis, line, level, c0…c5. */
export function svg(title: string, width: number, height: number, content: string): string {
  const rule = (colours: readonly string[]) => colours.map((colour, i) => `--c${i}: ${colour};`).join(" ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<style>
  svg { --paper: #ffffff; --ink: #1f2430; --faint: #6b7280; --grid: #e5e7eb; ${rule(light)} }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14171d; --ink: #e6e9ef; --faint: #9aa3b2; --grid: #2a303b; ${rule(dark)} }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--faint); }
  .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .axis { stroke: var(--faint); stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
  .level { stroke: var(--faint); stroke-dasharray: 5 5; stroke-width: 1.5; }
${light.map((_, i) => `  .c${i} { stroke: var(--c${i}); }`).join("\n")}
</style>
<rect width="${width}" height="${height}" rx="8" fill="var(--paper)"/>
${content}
</svg>
`;
}

const light = ["#2563eb", "#c2410c", "#15803d", "#a21caf", "#0e7490", "#b91c1c"];
const dark = ["#6ea8fe", "#fb923c", "#4ade80", "#e879f9", "#22d3ee", "#f87171"];

export const round = (value: number): number => Math.round(value * 10) / 10;

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
