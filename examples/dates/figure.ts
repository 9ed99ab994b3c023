import { escapeXml, round, svg } from "../shared/svg.ts";
import { sourceLength } from "./dates.ts";
import type { Answer } from "./train.ts";

const cell = 17;
const panel = { left: 34, top: 44, gap: 26 };
const columns = 2;

/** For each answer a matrix: a row for each character that was written, a column for each that was read. */
export function attentionPicture(subtitle: string, answers: readonly Answer[]): string {
  const width = panel.left + sourceLength * cell + panel.gap;
  const height = panel.top + (answers[0]?.answer.length ?? 0) * cell + panel.gap;
  const head = 62;
  const parts = answers.map((answer, i) => {
    const [x, y] = [(i % columns) * width, head + Math.floor(i / columns) * height];
    return `<g transform="translate(${x} ${y})">${drawMatrix(answer)}</g>`;
  });
  const title = "Where the decoder looks while it writes a date";
  const content = [
    "<style>.sign { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); text-anchor: middle; } .frame { fill: none; stroke: var(--grid); }</style>",
    `<text class="title" x="${panel.left}" y="30">${title}</text>`,
    `<text x="${panel.left}" y="50">${escapeXml(subtitle)}</text>`,
    ...parts,
  ].join("\n");
  const shown = Math.min(columns, answers.length);
  return svg(title, shown * width, head + Math.ceil(answers.length / columns) * height, content);
}

function drawMatrix({ source, iso, answer, weights }: Answer): string {
  const [wide, high] = [source.length * cell, answer.length * cell];
  const signs = (text: string, at: (i: number) => string) =>
    [...text].map((sign, i) => (sign === " " ? "" : `<text class="sign" ${at(i)}>${escapeXml(sign)}</text>`));
  const boxes = [...answer].flatMap((_, t) =>
    [...source].map((_, s) => {
      const weight = weights[t * sourceLength + s] as number;
      if (weight < 0.01) return "";
      const place = `x="${panel.left + s * cell}" y="${panel.top + t * cell}" width="${cell}" height="${cell}"`;
      return `<rect ${place} fill="var(--c0)" fill-opacity="${round(weight * 10) / 10}"/>`;
    }),
  );
  const verdict = answer === iso ? "" : `<text x="${panel.left}" y="14">expected ${escapeXml(iso)}</text>`;
  return [
    verdict,
    ...signs(source, (i) => `x="${panel.left + (i + 0.5) * cell}" y="${panel.top - 8}"`),
    ...signs(answer, (i) => `x="${panel.left - 14}" y="${panel.top + (i + 0.5) * cell + 4}"`),
    ...boxes,
    `<rect class="frame" x="${panel.left}" y="${panel.top}" width="${wide}" height="${high}"/>`,
  ]
    .filter(Boolean)
    .join("\n");
}
