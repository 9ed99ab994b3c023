/** Where the decoder looked: a row for each word that it wrote, a column for each that was read. */
import { figure } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";
import type { Translated } from "./translate.ts";

export function attentionPicture(sentences: readonly Translated[]): string {
  const panels = sentences.map(({ source, words, attention }) =>
    heatMap({ rows: words, columns: source, values: attention, size: 20 }),
  );
  const subtitle = "rows: the words that it writes; columns: the words of the sentence";
  return figure({ title: "Where the decoder looks while it translates", subtitle, columns: 2 }, panels);
}
