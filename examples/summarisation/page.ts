/** Articles with the sentences that were picked. */
import { escapeHtml, htmlPage } from "../shared/page.ts";

export interface MarkedArticle {
  readonly title: string;
  readonly sentences: readonly { readonly text: string; readonly isPicked: boolean; readonly isTrue: boolean }[];
}

export function summariesPage(articles: readonly MarkedArticle[]): string {
  const hasTruth = articles.some(({ sentences }) => sentences.some(({ isTrue }) => isTrue));
  const marked = ({ text, isPicked, isTrue }: MarkedArticle["sentences"][number]) => {
    const names = [...(isPicked ? ["picked"] : []), ...(isTrue ? ["true"] : [])].join(" ");
    return names ? `<span class="${names}">${escapeHtml(text)}</span>` : escapeHtml(text);
  };
  const body = articles.map(
    ({ title, sentences }) => `<h2>${escapeHtml(title)}</h2>\n<p>${sentences.map(marked).join(" ")}</p>`,
  );
  return htmlPage({
    title: "What the summary takes",
    about: `Sentences that the model picks are coloured.${hasTruth ? " Those of the given summary are underlined." : ""}`,
    style: `h2 { font-size: 1.1rem; margin: 2rem 0 0; } p { margin: 0.4rem 0; }
.picked { background: rgb(230 140 20 / 0.35); border-radius: 3px; padding: 1px 2px; }
.true { text-decoration: underline; text-decoration-color: rgb(20 120 230); text-underline-offset: 3px; }`,
    body: body.join("\n"),
  });
}
