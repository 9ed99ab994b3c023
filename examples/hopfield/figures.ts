import { axisFy, cell, frame } from "@observablehq/plot";
import type { AdapterDescription } from "seqgrad";
import { colourOf, figure, type Panel } from "../shared/figures/figure.ts";
import { type Line, lineChart } from "../shared/figures/line-chart.ts";
import type { CapacityCurve } from "./capacity.ts";
import type { HopfieldOptions } from "./options.ts";
import { side } from "./pictures.ts";

/** Rows of pictures: what was stored, what recall began with, what came back from each network. */
export interface Gallery {
  readonly title: string;
  readonly stored: readonly Float32Array[];
  readonly begun: readonly Float32Array[];
  readonly classical: readonly Float32Array[];
  readonly modern: readonly Float32Array[];
}

const rowNames = { stored: "stored", begun: "corrupted", classical: "Hopfield 1982", modern: "attention" } as const;
const rowKeys = Object.keys(rowNames) as (keyof typeof rowNames)[];

export const sameRow = (a: Float32Array, b: Float32Array | undefined): boolean =>
  a.every((number, i) => number === b?.[i]);

/** How many of the pictures come back without a wrong pixel. */
export const returned = ({ stored }: Gallery, ended: readonly Float32Array[]): number =>
  stored.filter((picture, i) => sameRow(picture, ended[i])).length;

export function recallPicture(galleries: readonly Gallery[], noise: number): string {
  const title = "Recall of pictures: a Hopfield network, and attention";
  const subtitle = `${Math.round(100 * noise)}% of the pixels are turned, then each network is left to itself`;
  return figure({ title, subtitle }, galleries.map(galleryPanel));
}

/** A row for each stage, a column for each picture. */
function galleryPanel(gallery: Gallery): Panel {
  const pixels = rowKeys.flatMap((key) =>
    gallery[key].flatMap((picture, column) =>
      Array.from(picture, (number, i) => ({ on: number > 0, i, column, row: rowNames[key] })).filter(({ on }) => on),
    ),
  );
  const domain = Array.from({ length: side }, (_, i) => i);
  return {
    title: gallery.title,
    plot: {
      width: 116 + gallery.stored.length * step,
      height: rowKeys.length * step + 16,
      margin: 0,
      marginLeft: 100,
      marginRight: 16,
      marginBottom: 16,
      x: { domain, axis: null, padding: 0 },
      y: { domain, axis: null, padding: 0 },
      fx: { axis: null, padding: 0.2 },
      fy: { label: null, padding: 0.2, domain: rowKeys.map((key) => rowNames[key]) },
      marks: [
        axisFy({ anchor: "left", dx: 0 }),
        cell(pixels, {
          fx: "column",
          fy: "row",
          x: ({ i }) => i % side,
          y: ({ i }) => Math.floor(i / side),
          fill: colourOf(0),
        }),
        frame({ strokeOpacity: 0.2 }),
      ],
    },
  };
}

const step = 76;

export function capacityPicture(
  { noise, beta, updates }: HopfieldOptions,
  load: readonly CapacityCurve[],
  growth: readonly CapacityCurve[],
): string {
  const line = (of: "recalled" | "exact", toX: (stored: number, units: number) => number) => (curve: CapacityCurve) =>
    ({
      label: `${curve.network}, n = ${curve.units}`,
      points: curve.points.map((point) => [toX(point.stored, curve.units), point[of]] as const),
    }) satisfies Line;
  const flips = `random patterns, ${Math.round(100 * noise)}% of the signs turned before recall`;
  return figure({ title: "What Hopfield networks can store", columns: 2 }, [
    lineChart({
      title: "Few patterns: Hebb's rule ends near 0.14 · n",
      subtitle: `${flips}; ${updates} updates, attention one with β = ${beta}`,
      xLabel: "stored patterns, in % of n",
      yLabel: "share with at least 95% of the signs right",
      lines: load.map(line("recalled", (stored, units) => (100 * stored) / units)),
      yRange: [0, 1],
    }),
    lineChart({
      title: "Many patterns: what attention stores grows exponentially with n",
      subtitle: `${flips}; one update with β = ${beta}`,
      xLabel: "stored patterns, as a power of two",
      yLabel: "share without a wrong sign",
      lines: growth.map(line("exact", (stored) => Math.log2(stored))),
      yRange: [0, 1],
    }),
  ]);
}

const short = (value: number) => Number(value.toPrecision(4));

export function resultsJson(
  { name, kind }: AdapterDescription,
  { out: _, adapter: __, ...options }: HopfieldOptions,
  galleries: readonly Gallery[],
  curves: Readonly<Record<string, readonly CapacityCurve[]>>,
): string {
  const head = {
    about: "recall by Hebb's rule and by attention, pictures and random patterns",
    adapter: { name, kind },
    options,
    pictures: galleries.map((gallery) => ({
      title: gallery.title,
      pictures: gallery.stored.length,
      backByClassical: returned(gallery, gallery.classical),
      backByModern: returned(gallery, gallery.modern),
    })),
    columns: ["stored", "recalled", "exact"],
    curves: [],
  };
  const lines = Object.entries(curves).flatMap(([panel, list]) =>
    list.map(({ network, units, points }) => ({
      panel,
      network,
      units,
      points: points.map(({ stored, recalled, exact }) => [stored, short(recalled), short(exact)]),
    })),
  );
  const text = lines.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  return `${JSON.stringify(head, null, 2).replace('"curves": []', () => `"curves": [\n${text}\n  ]`)}\n`;
}
