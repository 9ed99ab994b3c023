/** What comes of NaN and infinities: where they are, and what the other numbers are. */
import type { Case } from "../../../harness/case.ts";
import { quadWays, recurrentWays, wholeRowWays } from "../support/profile.ts";
import { binaryRows, gateRows, selectRows, unaryRows } from "./elementwise.ts";
import { layerCase } from "./layers.ts";
import { moveRows } from "./moves.ts";
import { embeddingRows, linearRecurrenceRows, productRows } from "./products.ts";
import { quadRows, recurrentRows } from "./recurrent.ts";
import { type SpecialRow, specialCase } from "./row.ts";
import { reductionRows, rowRows } from "./rows.ts";

/** Rows and the ways that they are computed by. */
export interface SpecialFamily {
  readonly name: string;
  readonly rows: () => readonly SpecialRow[];
  readonly ways?: readonly string[];
}

export const specialFamilies: readonly SpecialFamily[] = [
  { name: "functions of one number", rows: unaryRows },
  { name: "functions of two numbers", rows: () => [...binaryRows(), ...gateRows(), ...selectRows()] },
  ...Object.entries(rowRows).map(([name, rows]) => ({ name, rows })),
  { name: "reductions", rows: reductionRows },
  {
    name: "products",
    rows: productRows,
    ways: ["naive", "row", "blocks", "wide blocks", "quads", "low quads", "strided quads", "tiled", "split"],
  },
  { name: "embeddings and linear recurrences", rows: () => [...embeddingRows(), ...linearRecurrenceRows()] },
  { name: "recurrences", rows: recurrentRows, ways: ["naive", ...recurrentWays] },
  { name: "recurrences in quads", rows: quadRows, ways: [...quadWays, ...wholeRowWays] },
  { name: "moves and storage", rows: moveRows },
];

export const specialCases: readonly Case[] = [
  ...specialFamilies.map(({ name, rows, ways }) => specialCase(name, rows, ways)),
  layerCase,
];
