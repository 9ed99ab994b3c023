// What all steps inside a workgroup would take of a forward LSTM of more than 64 units, beside a dispatch for each step: the same
// model, of a kernel that there is not.
import { CACHE_CYCLES, CACHE_SPEED, type Card, cards, ISSUED, LANES, PORT, REGISTERS, STREAMED } from "./constants.ts";
import { type InstructionsOf, partsOf } from "./predict.ts";

interface Layer {
  readonly hidden: number;
  readonly batch: number;
}

/** How weights come to their products: from the cache in every step, or held in a multiprocessor's registers. */
type From = 4 | 2 | "registers of 4" | "registers of 2";

/** Batch rows that a workgroup may own. */
const ROWS = [1, 2, 4, 8] as const;

/** What of the registers may hold weights; the rest holds sums and rows. */
const HELD = 0.75;

const KERNEL = "lstm_lanes_fours_forward";

/** Microseconds of a step that is a dispatch. */
function apart(card: Card, { hidden, batch }: Layer, instructionsOf: InstructionsOf): number {
  const { wait, issue, stream, chain } = partsOf(
    card,
    {
      kernel: KERNEL,
      variant: "default",
      count: 1,
      workgroups: Math.ceil(batch / 8) * Math.ceil(hidden / 8),
      threads: 128,
      flops: 8 * batch * hidden ** 2,
      bytes: 4 * (4 * hidden ** 2 + 11 * batch * hidden),
    },
    instructionsOf,
  );
  return wait + Math.max(issue, stream, chain);
}

/**
 * Microseconds of a step inside a workgroup: the longest of its instructions and of what brings its weights, and two answers of the
 * cache one after the other, what the step adds to its products and what the next one reads of it. Infinite where registers are too few.
 */
function inside(
  card: Card,
  { hidden, batch }: Layer,
  rows: number,
  from: From,
  instructionsOf: InstructionsOf,
): number {
  const cycles = card.gigahertz * 1e3;
  const weights = 4 * hidden ** 2;
  const workgroups = Math.ceil(batch / rows);
  const most = Math.ceil(workgroups / card.processors);
  const { issued, multiplyAdds } = instructionsOf(KERNEL, "default") as NonNullable<ReturnType<InstructionsOf>>;
  const issue = (most * weights * rows * issued) / multiplyAdds / (LANES * ISSUED * cycles);
  const latency = (2 * CACHE_CYCLES) / cycles;
  if (typeof from === "string") {
    const bytes = Number(from.at(-1)) * weights * most;
    return bytes > HELD * 4 * REGISTERS ? Number.POSITIVE_INFINITY : issue + latency;
  }
  const port = (most * weights * from) / (PORT * STREAMED * cycles);
  const cache = (workgroups * weights * from) / (card.bandwidth * 1e3 * STREAMED * CACHE_SPEED);
  return Math.max(issue, port, cache) + latency;
}

/** The least time over the rows of a workgroup, and those. */
function best(card: Card, layer: Layer, from: From, instructionsOf: InstructionsOf) {
  const times = ROWS.map((rows) => ({ rows, time: inside(card, layer, rows, from, instructionsOf) }));
  return times.reduce((least, each) => (each.time < least.time ? each : least));
}

const FROM: readonly (readonly [From, string])[] = [
  [4, "float32 from the cache"],
  [2, "16 bits from the cache"],
  ["registers of 4", "float32 in registers"],
  ["registers of 2", "16 bits in registers"],
];

/** The section of the report. */
export function insideSection(instructionsOf: InstructionsOf): string {
  const rows = Object.values(cards).flatMap((card) =>
    [96, 128, 192, 256].flatMap((hidden) =>
      [8, 32, 128].map((batch) => {
        const layer = { hidden, batch };
        const steps = apart(card, layer, instructionsOf);
        const cells = FROM.map(([from]) => {
          const { rows, time } = best(card, layer, from, instructionsOf);
          if (!Number.isFinite(time)) return "–";
          return `${time.toFixed(2)} (${rows}), ${(steps / time).toFixed(2)} times`;
        });
        return [`${card.name}, H ${hidden}, B ${batch}`, steps.toFixed(2), ...cells];
      }),
    ),
  );
  const heads = ["", "a dispatch a step", ...FROM.map(([, head]) => head)];
  const table = [heads, heads.map((_, i) => (i === 0 ? "---" : "---:")), ...rows];
  return `## All steps inside a workgroup

There is such a kernel for up to 64 units. This is what one for more would take of a step of a forward LSTM, in µs, by the same model: a workgroup owns whole rows of the batch (how many is in brackets, the best of ${ROWS.join(", ")}), with weights read from the cache at every step, through a multiprocessor's port of ${PORT} bytes a cycle, or held in its registers, where they fit into ${100 * HELD}% of them. Beside it the gain over a dispatch for each step, of which ${"`lanes`"} has many more workgroups.

${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
`;
}
