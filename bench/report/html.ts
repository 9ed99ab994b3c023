const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (letter) => entities[letter] as string);

/** The first column is a name, the others are numbers. Cells are text. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<div class="scroll"><table><thead><tr>${cells("th", head)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export const style = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #60646c; --line: #d9d9e0; --back: #fcfcfd;
  --tfjs: #e5761f; --jax: #7c5cd6; --onnx: #2a8a5f; --other: #3a7bd5; }
@media (prefers-color-scheme: dark) { :root { --text: #edeef0; --soft: #a0a4ab; --line: #363a3f; --back: #111113;
  --tfjs: #f5a15b; --jax: #a893f0; --onnx: #5fc796; --other: #78aef2; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 1100px;
  margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
.soft, .tick, .facts { color: var(--soft); } .note { border-left: 3px solid var(--tfjs); padding-left: .8rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
svg { width: 100%; height: auto; font-size: 12px; } svg text { fill: var(--text); } svg .tick { fill: var(--soft); text-anchor: middle; }
svg .label { text-anchor: end; } svg .grid { stroke: var(--line); } svg .one { stroke: var(--soft); stroke-width: 1.5; }
rect { fill: var(--other); } .tfjs { fill: var(--tfjs); } .jax { fill: var(--jax); } .onnx { fill: var(--onnx); }
.key span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 1em; }
`;
