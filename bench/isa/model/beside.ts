// What the model says of programs that were measured, where it knows the card.

import type { PlannedDispatch } from "../../types.ts";
import { type Card, cards } from "./constants.ts";
import type { InstructionTable } from "./instructions.ts";
import { predict } from "./predict.ts";

export const cardOf = (adapter: string): Card | undefined =>
  Object.values(cards).find((card) => card.adapter.test(adapter));

/** Milliseconds of a program on a card; undefined where one of its kernels is not in the table, as those of software adapters. */
export function millisecondsOf(
  card: Card,
  plan: readonly PlannedDispatch[],
  table: InstructionTable,
): number | undefined {
  const rowOf = (kernel: string, variant: string) => table[`${kernel} ${variant}`];
  const planned = plan.flatMap((each) => {
    const row = rowOf(each.kernel, each.variant);
    return row ? [{ ...each, threads: row.threads }] : [];
  });
  return planned.length === plan.length ? predict(card, planned, rowOf).total : undefined;
}
