/** Some judged texts as a picture, in letters of one width, so that their places are known. */
import { escapeHtml } from "../shared/page.ts";
import { ground, type JudgedText, line } from "./judged.ts";

const [letter, row, left, longest] = [8.4, 34, 110, 84];

/** Of texts that fit into a line, the first six. */
export function wordsPicture(texts: readonly JudgedText[]): string {
  const lengthOf = ({ words }: JudgedText) => words.reduce((sum, { word }) => sum + word.length + 1, 0);
  const shown = texts.filter((text) => lengthOf(text) <= longest).slice(0, 6);
  const [width, height] = [left + longest * letter + 16, 66 + Math.max(1, shown.length) * row];
  const lines = shown.map((text, i) => {
    const y = 84 + i * row;
    let x = left;
    const words = text.words.map((each) => {
      const size = each.word.length * letter;
      const drawn = [
        `<rect x="${x.toFixed(1)}" y="${y - 15}" width="${size.toFixed(1)}" height="20" rx="3" fill="var(--ground)" opacity="${ground(each, text.words.length).toFixed(2)}"/>`,
        `<rect x="${x.toFixed(1)}" y="${y + 6}" width="${size.toFixed(1)}" height="2" fill="var(--${each.speaks < 0 ? "against" : "for"})" opacity="${line(each).toFixed(2)}"/>`,
        `<text class="word" x="${x.toFixed(1)}" y="${y}" textLength="${size.toFixed(1)}">${escapeHtml(each.word)}</text>`,
      ].join("");
      x += size + letter;
      return drawn;
    });
    const wrong = text.verdict === text.label ? "" : `, is ${text.label}`;
    return `<text class="verdict" x="16" y="${y}">${escapeHtml(text.verdict + wrong)}</text>${words.join("")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="words" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}" role="img" aria-label="Which words tell">
<style>
  .words { --paper: #ffffff; --ink: #1f2430; --pale: #6b7280; --ground: #fbbf24; --for: #15803d; --against: #b91c1c; }
  @media (prefers-color-scheme: dark) {
    .words { --paper: #14171d; --ink: #e6e9ef; --pale: #9aa3b2; --ground: #92600a; --for: #4ade80; --against: #f87171; }
  }
  .words text { font: 12px system-ui, sans-serif; fill: var(--pale); }
  .words .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .words .word { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); }
  .words .verdict { font-weight: 600; }
</style>
<rect width="100%" height="100%" rx="8" fill="var(--paper)"/>
<text class="title" x="16" y="28">Which words tell</text>
<text x="16" y="48">ground: the net's attention; line: what the word by itself speaks, green for the verdict, red against it</text>
${lines.join("\n")}
</svg>
`;
}
