import { parseArgs } from "node:util";

/** What is asked, in the order in which it is. */
export const parts = ["cases", "dispatches", "layers", "attention", "kernels", "torch"] as const;
export type PartName = (typeof parts)[number];

export interface GpuOptions {
  readonly only: readonly PartName[];
  /** Parts of names; all without any. */
  readonly names: readonly string[];
  readonly json: string | undefined;
  readonly as: "software" | "hardware" | undefined;
  readonly budgetMs: number;
  readonly adapter: string | undefined;
  readonly pack: string | undefined;
}

/** @throws Error whose message is meant for who gave the options */
export function parseOptions(args: readonly string[]): GpuOptions {
  const texts = ["only", "case", "json", "as", "budget", "adapter", "pack"] as const;
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(texts.map((name) => [name, { type: "string" as const }])),
  }) as { values: Readonly<Partial<Record<(typeof texts)[number], string>>> };
  const budget = values.budget === undefined ? 5 : Number(values.budget);
  if (!(budget > 0)) throw new Error(`--budget: expected seconds, got "${values.budget}"`);
  const known = <Name extends string>(option: string, text: string, names: readonly Name[]): Name => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw new Error(`--${option}: expected ${names.join(", ")}, got "${text}"`);
    return found;
  };
  return {
    only: values.only?.split(",").map((text) => known("only", text, parts)) ?? parts,
    names: values.case?.split(",") ?? [],
    json: values.json,
    as: values.as === undefined ? undefined : known("as", values.as, ["software", "hardware"] as const),
    budgetMs: 1000 * budget,
    adapter: values.adapter,
    pack: values.pack,
  };
}
