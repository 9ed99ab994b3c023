/** What is taken for what. */
import { figure } from "./figure.ts";
import { heatMap } from "./heat-map.ts";

/** A row for each class: which share of what is of it the model holds for each. One example of several classes is of the one it was held for, if it is of that. */
export function confusionPicture(
  classes: readonly string[],
  examples: readonly { readonly labels: readonly string[]; readonly verdict: string }[],
): string {
  const counts = classes.map(() => classes.map(() => 0));
  for (const { labels, verdict } of examples) {
    const row = counts[classes.indexOf(labels.includes(verdict) ? verdict : (labels[0] as string))];
    const at = classes.indexOf(verdict);
    // a test part may have a class that was never trained on
    if (row) row[at] = (row[at] as number) + 1;
  }
  const values = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => count / Math.max(1, total));
  });
  const right = examples.filter(({ labels, verdict }) => labels.includes(verdict)).length;
  const subtitle = `rows: what it is; columns: what it is held for; ${right} of ${examples.length} right`;
  return figure({ title: "What is held for what", subtitle }, [
    heatMap({ rows: classes, columns: classes, values, size: 20 }),
  ]);
}
