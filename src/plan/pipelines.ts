import type { WayCost } from "../graph/lowering.ts";

/** A program is taken to run this often: what a pipeline saves by then has to be more than it took to compile. */
const RUNS = 200;

/** A choice whose ways have a price, as often as it was made. */
export interface PricedChoice {
  readonly key: string;
  readonly costs: Readonly<Record<string, WayCost>>;
}

/** Choices of one key, as they are reckoned with. */
interface Use {
  readonly key: string;
  /** The fastest first; a pipeline by its number, seconds of all its runs. */
  readonly offers: { readonly way: string; readonly pipeline: number; seconds: number }[];
}

/**
 * The way of each choice such that running and compiling take the least time together: a kernel that is a little faster for
 * one small product is not worth a pipeline of its own. Begins with the fastest way of each and gives up pipelines one at a
 * time, the one that saves the most first (the "drop" heuristic for facility location, Feldman et al. 1966); once as it is, and
 * once with each pipeline kept beside them that serves several but is the fastest for nothing.
 */
export function sharePipelines(choices: readonly PricedChoice[]): Map<string, string> {
  const { uses, compileSeconds } = reckon(choices);
  const everything = compileSeconds.map(() => true);
  const fastest = new Set(uses.map(({ offers }) => offers[0]?.pipeline as number));
  const spare = compileSeconds.flatMap((_, each) => {
    const serves = uses.filter(({ offers }) => offers.some(({ pipeline }) => pipeline === each)).length;
    return fastest.has(each) || serves < 2 ? [] : [each];
  });
  /** What all costs with these pipelines; infinitely much where some choice has none of them. */
  const price = (open: readonly boolean[]): number => {
    let seconds = 0;
    open.forEach((isOpen, each) => {
      if (isOpen) seconds += compileSeconds[each] as number;
    });
    for (const { offers } of uses) seconds += offers.find(({ pipeline }) => open[pipeline])?.seconds ?? Infinity;
    return seconds;
  };
  const drop = (kept?: number): { open: boolean[]; seconds: number } => {
    const open = everything.map((_, each) => fastest.has(each) || each === kept);
    for (let seconds = price(open); ; ) {
      let [least, given] = [seconds, -1];
      open.forEach((isOpen, each) => {
        if (!isOpen || each === kept) return;
        open[each] = false;
        const without = price(open);
        open[each] = true;
        if (without < least) [least, given] = [without, each];
      });
      if (given < 0) return { open, seconds };
      open[given] = false;
      seconds = least;
    }
  };
  const { open } = spare.map((each) => drop(each)).reduce((a, b) => (b.seconds < a.seconds ? b : a), drop());
  return new Map(uses.map(({ key, offers }) => [key, offers.find(({ pipeline }) => open[pipeline])?.way as string]));
}

/** Choices by key, pipelines by number. */
function reckon(choices: readonly PricedChoice[]): { uses: Use[]; compileSeconds: number[] } {
  const numbers = new Map<string, number>();
  const compileSeconds: number[] = [];
  const numberOf = ({ pipeline, compileSeconds: seconds }: WayCost): number => {
    const known = numbers.get(pipeline);
    if (known !== undefined) return known;
    numbers.set(pipeline, numbers.size);
    return compileSeconds.push(seconds) - 1;
  };
  const uses = new Map<string, { use: Use; count: number }>();
  for (const { key, costs } of choices) {
    const offers = Object.entries(costs).map(([way, cost]) => ({
      way,
      pipeline: numberOf(cost),
      seconds: cost.seconds,
    }));
    const known = uses.get(key);
    if (known) known.count++;
    else uses.set(key, { use: { key, offers: offers.sort((a, b) => a.seconds - b.seconds) }, count: 1 });
  }
  for (const { use, count } of uses.values()) for (const offer of use.offers) offer.seconds *= RUNS * count;
  return { uses: [...uses.values()].map(({ use }) => use), compileSeconds };
}
