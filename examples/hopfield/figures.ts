import type { AdapterDescription } from "seqgrad";
import { charts, type Line } from "../shared/chart.ts";
import { heatMap } from "../shared/heat-map.ts";
import { escapeXml, svg } from "../shared/svg.ts";
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

const cell = 6;
const step = side * cell + 16;
const left = 124;

export function recallPicture(galleries: readonly Gallery[], noise: number): string {
  const blockHeight = rowKeys.length * step + 52;
  const content = galleries.flatMap((gallery, block) => {
    const top = 76 + block * blockHeight;
    const rows = rowKeys.flatMap((key, row) => {
      const y = top + 18 + row * step;
      const name = `<text x="${left - 14}" y="${y + (side * cell) / 2 + 4}" text-anchor="end">${rowNames[key]}</text>`;
      return [name, ...gallery[key].map((picture, i) => drawPicture(picture, left + i * step, y))];
    });
    return [`<text x="16" y="${top}">${escapeXml(gallery.title)}</text>`, ...rows];
  });
  const most = Math.max(...galleries.map(({ stored }) => stored.length));
  const title = "Recall of pictures: a Hopfield network, and attention";
  const heading = [
    `<text class="title" x="16" y="28">${title}</text>`,
    `<text x="16" y="46">${Math.round(100 * noise)}% of the pixels are turned, then each network is left to itself</text>`,
  ];
  return svg(title, left + most * step + 8, 66 + galleries.length * blockHeight, [...heading, ...content].join("\n"));
}

function drawPicture(picture: Float32Array, x: number, y: number): string {
  const values = Array.from({ length: side }, (_, row) =>
    Array.from(picture.subarray(row * side, (row + 1) * side), (number) => (number > 0 ? 1 : 0)),
  );
  return heatMap({ x, y, cell, values });
}

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
  return charts(
    "What Hopfield networks can store",
    [
      {
        title: "Few patterns: Hebb's rule ends near 0.14 · n",
        subtitle: `${flips}; ${updates} updates, attention one with β = ${beta}`,
        xLabel: "stored patterns, in % of n",
        yLabel: "share with at least 95% of the signs right",
        lines: load.map(line("recalled", (stored, units) => (100 * stored) / units)),
        yRange: [0, 1.02],
      },
      {
        title: "Many patterns: what attention stores grows exponentially with n",
        subtitle: `${flips}; one update with β = ${beta}`,
        xLabel: "stored patterns, as a power of two",
        yLabel: "share without a wrong sign",
        lines: growth.map(line("exact", (stored) => Math.log2(stored))),
        yRange: [0, 1.02],
      },
    ],
    2,
  );
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
