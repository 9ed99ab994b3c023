import type { WayCost } from "../graph/op.ts";

/** A program is taken to run this often: what a pipeline saves by then has to be more than it took to compile. */
const RUNS = 200;

/** A choice whose ways have a price, as often as it was made. */
export interface PricedChoice {
  readonly key: string;
  readonly costs: Readonly<Record<string, WayCost>>;
}

/**
 * The way of each choice such that running and compiling take the least time together: a kernel that is a little faster for
 * one small product is not worth a pipeline of its own. Begins with the fastest way of each and gives up pipelines one at a
 * time, the one that saves the most first (the "drop" heuristic for facility location, Feldman et al. 1966).
 */
export function sharePipelines(choices: readonly PricedChoice[]): Map<string, string> {
  const uses = new Map<string, { readonly costs: PricedChoice["costs"]; count: number }>();
  for (const { key, costs } of choices) {
    const use = uses.get(key) ?? { costs, count: 0 };
    use.count++;
    uses.set(key, use);
  }
  /** The ways by these pipelines alone, and what they cost in all; nothing where some choice has none of them. */
  const settle = (open: ReadonlySet<string>): { ways: Map<string, string>; seconds: number } | undefined => {
    const ways = new Map<string, string>();
    const compiled = new Map<string, number>();
    let seconds = 0;
    for (const [key, { costs, count }] of uses) {
      const possible = Object.entries(costs).filter(([, { pipeline }]) => open.has(pipeline));
      const [first, ...others] = possible;
      if (!first) return undefined;
      const [way, cost] = others.reduce((best, each) => (each[1].seconds < best[1].seconds ? each : best), first);
      ways.set(key, way);
      compiled.set(cost.pipeline, cost.compileSeconds);
      seconds += RUNS * count * cost.seconds;
    }
    for (const each of compiled.values()) seconds += each;
    return { ways, seconds };
  };
  const all = new Set([...uses.values()].flatMap(({ costs }) => Object.values(costs).map(({ pipeline }) => pipeline)));
  let best = settle(all);
  for (let better = best; better; ) {
    best = better;
    const { ways, seconds } = best;
    const open = new Set([...uses].map(([key, { costs }]) => costs[ways.get(key) as string]?.pipeline as string));
    better = undefined;
    let least = seconds;
    for (const pipeline of open) {
      const without = settle(new Set([...open].filter((each) => each !== pipeline)));
      if (!without || without.seconds >= least) continue;
      least = without.seconds;
      better = without;
    }
  }
  return best?.ways ?? new Map();
}
