import { figure } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";
import { sourceLength } from "./dates.ts";
import type { Answer } from "./train.ts";

/** For each answer a matrix: a row for each character that was written, a column for each that was read. */
export function attentionPicture(subtitle: string, answers: readonly Answer[]): string {
  const matrices = answers.map(({ source, iso, answer, weights }) =>
    heatMap({
      title: answer === iso ? "" : `expected ${iso}`,
      rows: [...answer],
      columns: [...source],
      values: Array.from(answer, (_, t) => [...weights.subarray(t * sourceLength, t * sourceLength + source.length)]),
    }),
  );
  return figure({ title: "Where the decoder looks while it writes a date", subtitle, columns: 2 }, matrices);
}
