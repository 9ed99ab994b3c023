import { areaY, line, ruleY } from "@observablehq/plot";
import { colourOf, type Panel } from "./figure.ts";

/** A curve, a dashed level across the whole chart, or a band. */
export type Line =
  | {
      readonly label: string;
      readonly points: readonly (readonly [x: number, y: number])[];
      /** Thin, pale, and of the colour of the line after it: what that line is the mean of. */
      readonly faint?: boolean;
    }
  | { readonly label: string; readonly level: number }
  /** Between two curves, in a pale shade of the next line's colour. */
  | { readonly label: string; readonly band: readonly (readonly [x: number, low: number, high: number])[] };

export interface LineChart {
  readonly title?: string;
  readonly subtitle?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  /** A logarithmic y axis; a value that it has no place for breaks its line. */
  readonly log?: boolean;
  /** Ends of the y axis; what the lines need unless given. Values outside are drawn at the edge. */
  readonly yRange?: readonly [low: number, high: number];
}

const marginLeft = 64;

/** The label of a tick of a logarithmic axis; those between powers of ten have none. */
const powerOfTen = (y: number): string =>
  Math.abs(Math.log10(y) - Math.round(Math.log10(y))) > 1e-9
    ? ""
    : y < 1e-3
      ? y.toExponential(0)
      : String(Number(y.toPrecision(1)));

export function lineChart({ title, subtitle, xLabel, yLabel, lines, log = false, yRange }: LineChart): Panel {
  const styled = lines.map((each, i) => {
    const isPale = (before: Line) => "band" in before || ("faint" in before && before.faint);
    const colour = colourOf(lines.slice(0, i).filter((before) => !isPale(before)).length);
    return { ...each, colour: "level" in each ? "currentColor" : colour };
  });
  const usable = (y: number) => (Number.isFinite(y) && (!log || y > 0) ? y : Number.NaN);
  return {
    title,
    subtitle,
    legend: styled.map((each) => ({ ...each, dashed: "level" in each, pale: "band" in each })),
    plot: {
      width: 760,
      height: 360,
      marginLeft,
      marginTop: 28,
      marginBottom: 44,
      x: {
        label: xLabel,
        labelAnchor: "center",
        labelArrow: "none",
        nice: false,
        ticks: 8,
        tickFormat: (x: number) => String(x),
      },
      y: {
        type: log ? "log" : "linear",
        label: yLabel,
        labelOffset: marginLeft - 16,
        labelArrow: "none",
        tickSize: 0,
        ...(log && { tickFormat: powerOfTen }),
        grid: true,
        ...(yRange ? { domain: yRange, clamp: true } : { nice: true }),
      },
      marks: styled.map((each) =>
        "level" in each
          ? ruleY([each.level], { stroke: each.colour, strokeDasharray: "5 5", strokeWidth: 1.5 })
          : "band" in each
            ? areaY(each.band, {
                x: "0",
                y1: ([, low]: readonly [number, number, number]) => usable(low),
                y2: ([, , high]: readonly [number, number, number]) => usable(high),
                fill: each.colour,
                fillOpacity: 0.18,
              })
            : line(each.points, {
                x: "0",
                y: ([, y]: readonly [number, number]) => usable(y),
                stroke: each.colour,
                strokeWidth: each.faint ? 1 : 2,
                strokeOpacity: each.faint ? 0.4 : 1,
              }),
      ),
    },
  };
}
