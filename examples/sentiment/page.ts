/** Texts with the words that attention went to, as a page. */
import { escapeHtml, htmlPage } from "../shared/page.ts";

export interface JudgedText {
  readonly words: readonly { readonly word: string; readonly share: number }[];
  /** What the model holds it for, and what it is. */
  readonly verdict: string;
  readonly label: string;
}

/** The darker a word's ground, the larger its share of the attention. */
export function attentionPage(texts: readonly JudgedText[]): string {
  const word = (each: JudgedText["words"][number], most: number) =>
    `<span style="background:rgb(230 140 20 / ${(each.share / most).toFixed(2)})" title="${(100 * each.share).toFixed(1)}%">${escapeHtml(each.word)}</span>`;
  const rows = texts.map(({ words, verdict, label }) => {
    const most = Math.max(...words.map(({ share }) => share));
    const right = verdict === label ? "" : ` <small>(is ${escapeHtml(label)})</small>`;
    return `<tr><th>${escapeHtml(verdict)}${right}</th><td>${words.map((each) => word(each, most)).join(" ")}</td></tr>`;
  });
  return htmlPage({
    title: "Which words tell",
    about: "What the model holds each text for; the stronger a word's colour, the larger its share of the attention.",
    style: `th { text-align: left; vertical-align: top; padding: 0.4rem 1.5rem 0.4rem 0; white-space: nowrap; }
td { padding: 0.4rem 0; } span { border-radius: 3px; padding: 1px 2px; }`,
    body: `<table>\n${rows.join("\n")}\n</table>`,
  });
}
