/** Forecasts drawn over what came. */
import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import type { Series } from "./series.ts";

/** Some forecasts one behind the other, over what came. */
export function picture(
  { target, name }: Series,
  ends: readonly number[],
  forecasts: readonly (readonly (readonly number[])[])[],
): string {
  const horizon = forecasts[0]?.length ?? 1;
  const from =
    (ends.at(-1) as number) + horizon - Math.min(12 * horizon, (ends.at(-1) as number) + horizon - (ends[0] as number));
  const chosen: number[] = [];
  for (const [i, end] of ends.entries())
    if (end >= from && end >= (ends[chosen.at(-1) ?? -1] ?? -horizon) + horizon) chosen.push(i);
  const points = (of: number) =>
    chosen.flatMap((i) =>
      (forecasts[i] as number[][]).map((step, t) => [(ends[i] as number) + t, step[of] as number] as const),
    );
  const known = points(1).map(([row]) => [row, target[row] as number] as const);
  const lines = [
    { label: "what came", points: known },
    { label: "forecast", points: points(1) },
    { label: "one in ten below", points: points(0) },
    { label: "one in ten above", points: points(2) },
  ];
  return figure({ title: `${name}, ${horizon} steps ahead` }, [lineChart({ xLabel: "row", yLabel: name, lines })]);
}
