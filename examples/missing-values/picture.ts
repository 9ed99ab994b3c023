import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import type { Columns } from "./table.ts";

const shown = 240;

/** A stretch of each column in which much was hidden: what it was, and by what it was filled. */
export function picture(
  names: readonly string[],
  truth: Columns,
  hidden: Columns,
  { found, lines, from }: { readonly found: Columns; readonly lines: Columns; readonly from: number },
): string {
  const panels = names.slice(0, 4).map((name, i) => {
    const [whole, seen] = [truth[i], hidden[i]] as [Float64Array, Float64Array];
    const start = fullest(whole, seen, from);
    const rows = Array.from({ length: Math.min(shown, whole.length - start) }, (_, t) => start + t);
    const isGap = (row: number) => Number.isNaN(seen[row]);
    // a gap is drawn from the number before it to the one behind it
    const inGaps = (column: Float64Array | undefined) =>
      rows.map((row) => {
        const isNear = [row - 1, row, row + 1].some((near) => near >= start && near < whole.length && isGap(near));
        return [row, isNear ? (column?.[row] as number) : Number.NaN] as const;
      });
    return lineChart({
      title: name,
      xLabel: "row",
      yLabel: "deviations from the mean",
      lines: [
        { label: "what it was", points: rows.map((row) => [row, whole[row] as number]) },
        { label: "filled by the net", points: inGaps(found[i]) },
        { label: "straight line", points: inGaps(lines[i]) },
      ],
    });
  });
  return figure({ title: "Numbers that were hidden, and what gaps were filled with", columns: 2 }, panels);
}

/** Where a stretch begins that is known as a whole, and of which most is hidden. */
function fullest(truth: Float64Array, hidden: Float64Array, from: number): number {
  let [best, most] = [from, -1];
  for (let start = from; start + shown <= truth.length; start += shown / 4) {
    const part = Array.from({ length: shown }, (_, t) => start + t);
    if (part.some((row) => Number.isNaN(truth[row]))) continue;
    const count = part.filter((row) => Number.isNaN(hidden[row])).length;
    if (count > most) [best, most] = [start, count];
  }
  return best;
}
