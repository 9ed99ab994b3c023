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
  const steps = chosen.flatMap((i) =>
    (forecasts[i] as number[][]).map(([low, middle, high], t) => ({ row: (ends[i] as number) + t, low, middle, high })),
  ) as { readonly row: number; readonly low: number; readonly middle: number; readonly high: number }[];
  const lines = [
    { label: "eight of ten", band: steps.map(({ row, low, high }) => [row, low, high] as const) },
    { label: "forecast", points: steps.map(({ row, middle }) => [row, middle] as const) },
    { label: "what came", points: steps.map(({ row }) => [row, target[row] as number] as const) },
  ];
  return figure({ title: `${name}, ${horizon} steps ahead` }, [lineChart({ xLabel: "row", yLabel: name, lines })]);
}
