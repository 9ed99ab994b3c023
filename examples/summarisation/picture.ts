/** Pictures of summaries: how near they come to the given ones, and one article with what is picked of it. */
import { barChart } from "../shared/figures/bar-chart.ts";
import { figure } from "../shared/figures/figure.ts";
import { escapeHtml } from "../shared/page.ts";
import type { MarkedArticle } from "./page.ts";

const [rowHeight, left, width, mostLetters, mostSentences] = [24, 34, 860, 112, 16];

/** By who makes the summaries. */
export type Rouge = Readonly<Record<string, { readonly rouge1: number; readonly rouge2: number }>>;

export function rougePicture(rouge: Rouge): string {
  const panel = (title: string, measure: "rouge1" | "rouge2") =>
    barChart({
      title,
      xLabel: "F1",
      bars: Object.entries(rouge).map(([label, figures]) => ({ label, value: figures[measure] })),
      format: (value) => value.toFixed(3),
    });
  return figure({ title: "How much of the given summaries is found, and how little else" }, [
    panel("ROUGE-1, words", "rouge1"),
    panel("ROUGE-2, pairs of words", "rouge2"),
  ]);
}

/**
 * A line a sentence; what is picked is on a ground, what the given summary has is behind a bar. Of the first article that fits and of which something is
 * picked, or the beginning of the first one.
 */
export function articlePicture(articles: readonly MarkedArticle[]): string {
  const fits = ({ sentences }: MarkedArticle) =>
    sentences.length <= mostSentences && sentences.some(({ isPicked }) => isPicked);
  const { title, sentences } = articles.find(fits) ?? articles[0] ?? { title: "", sentences: [] };
  const shown = sentences.slice(0, mostSentences);
  const rows = shown.map(({ text, isPicked, isTrue }, i) => {
    const y = 84 + i * rowHeight;
    const line = text.length > mostLetters ? `${text.slice(0, mostLetters - 1).trimEnd()}…` : text;
    return [
      isPicked
        ? `<rect x="${left - 8}" y="${y - 16}" width="${width - left}" height="${rowHeight - 3}" rx="4" fill="var(--ground)"/>`
        : "",
      isTrue ? `<rect x="14" y="${y - 16}" width="5" height="${rowHeight - 3}" rx="2" fill="var(--true)"/>` : "",
      `<text class="sentence" x="${left}" y="${y}">${escapeHtml(line)}</text>`,
    ].join("");
  });
  const height = 96 + shown.length * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="article" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Which sentences of an article are picked">
<style>
  .article { --paper: #ffffff; --ink: #1f2430; --pale: #6b7280; --ground: #fde68a; --true: #2563eb; }
  @media (prefers-color-scheme: dark) {
    .article { --paper: #14171d; --ink: #e6e9ef; --pale: #9aa3b2; --ground: #5b4310; --true: #60a5fa; }
  }
  .article text { font: 12px system-ui, sans-serif; fill: var(--pale); }
  .article .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .article .sentence { font-size: 13px; fill: var(--ink); }
</style>
<rect width="100%" height="100%" rx="8" fill="var(--paper)"/>
<text class="title" x="14" y="28">${escapeHtml(title)}</text>
<text x="14" y="48">ground: picked by the model; bar: in the given summary; long sentences are cut here</text>
${rows.join("\n")}
</svg>
`;
}
