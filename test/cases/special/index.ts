/** What comes of NaN and infinities: where they are, and what the other numbers are. */
import type { Case } from "../../../harness/case.ts";
import { binaryRows, gateRows, selectRows, unaryRows } from "./elementwise.ts";
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
  { name: "rows", rows: rowRows },
  { name: "reductions", rows: reductionRows },
];

export const specialCases: readonly Case[] = specialFamilies.map(({ name, rows, ways }) =>
  specialCase(name, rows, ways),
);
