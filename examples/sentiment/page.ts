/** Judged texts as a page. */
import { escapeHtml, htmlPage } from "../shared/page.ts";
import { ground, type JudgedText, type JudgedWord, line } from "./judged.ts";

export function attentionPage(texts: readonly JudgedText[]): string {
  const word = (each: JudgedWord, words: number) => {
    const colour = each.speaks < 0 ? "196 60 60" : "20 140 90";
    const style = `background:rgb(230 140 20 / ${ground(each, words).toFixed(2)});border-bottom:2px solid rgb(${colour} / ${line(each).toFixed(2)})`;
    return `<span style="${style}" title="${(100 * each.share).toFixed(1)}% of the attention">${escapeHtml(each.word)}</span>`;
  };
  const rows = texts.map(({ words, verdict, label }) => {
    const right = verdict === label ? "" : ` <small>(is ${escapeHtml(label)})</small>`;
    return `<tr><th>${escapeHtml(verdict)}${right}</th><td>${words.map((each) => word(each, words.length)).join(" ")}</td></tr>`;
  });
  return htmlPage({
    title: "Which words tell",
    about: `What the model holds each text for. A word's ground is the stronger, the more attention the net gives it than it gives the
others; the line below is green where the word by itself speaks for that verdict, red where it speaks against it.`,
    style: `th { text-align: left; vertical-align: top; padding: 0.4rem 1.5rem 0.4rem 0; white-space: nowrap; }
td { padding: 0.4rem 0; } span { border-radius: 3px; padding: 1px 2px; }`,
    body: `<table>\n${rows.join("\n")}\n</table>`,
  });
}
