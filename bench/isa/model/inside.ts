// What all steps inside a workgroup take of a forward LSTM of more than 64 units, beside a dispatch for each step, by the same model:
// with weights in registers, as kernels have them up to some size, and read from the cache at every step, as none has.
import {
  CACHE_CYCLES,
  CACHE_SPEED,
  type Card,
  cards,
  ISSUED,
  LANES,
  PORT,
  REGISTERS,
  STREAMED,
  THREADS,
} from "./constants.ts";
import { type InstructionsOf, partsOf } from "./predict.ts";

interface Layer {
  readonly hidden: number;
  readonly batch: number;
}

/** How weights come to their products: bytes of each from the cache in every step, or a kernel's variants that hold them. */
type From = 4 | 2 | Held;

interface Held {
  /** By the batch rows of a workgroup. */
  readonly variants: Readonly<Record<1 | 2, string>>;
  readonly threads: number;
  readonly mostUnits: number;
  readonly instructionsOf: InstructionsOf;
}

/** Batch rows that a workgroup may own whose weights come from the cache. */
const ROWS = [1, 2, 4, 8] as const;

const STEP = "lstm_lanes_fours_forward";
const SEQUENCE = "lstm_sequence_tiles_forward";

/** Microseconds of a step that is a dispatch. */
function apart(card: Card, { hidden, batch }: Layer, instructionsOf: InstructionsOf): number {
  const { wait, issue, stream, chain } = partsOf(
    card,
    {
      kernel: STEP,
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
 * cache one after the other, what the step adds to its products and what the next one reads of it.
 */
function streamed(
  card: Card,
  { hidden, batch }: Layer,
  rows: number,
  bytes: 4 | 2,
  instructionsOf: InstructionsOf,
): number {
  const cycles = card.gigahertz * 1e3;
  const weights = 4 * hidden ** 2;
  const workgroups = Math.ceil(batch / rows);
  const most = Math.ceil(workgroups / card.processors);
  const { issued, multiplyAdds } = rowOf(instructionsOf, STEP, "default");
  const issue = (most * weights * rows * issued) / multiplyAdds / (LANES * ISSUED * cycles);
  const port = (most * weights * bytes) / (PORT * STREAMED * cycles);
  const cache = (workgroups * weights * bytes) / (card.bandwidth * 1e3 * STREAMED * CACHE_SPEED);
  return Math.max(issue, port, cache) + (2 * CACHE_CYCLES) / cycles;
}

/** The same where registers hold the weights. Workgroups whose registers find no room beside each other follow one another. */
function held(card: Card, { hidden, batch }: Layer, rows: 1 | 2, { variants, threads, instructionsOf }: Held): number {
  const cycles = card.gigahertz * 1e3;
  const { issued, multiplyAdds, vgprs } = rowOf(instructionsOf, SEQUENCE, variants[rows]);
  const most = Math.ceil(Math.ceil(batch / rows) / card.processors);
  const together = Math.max(1, Math.min(Math.floor(REGISTERS / (vgprs * threads)), Math.floor(THREADS / threads)));
  const issue = (Math.min(most, together) * 4 * hidden ** 2 * rows * issued) / multiplyAdds / (LANES * ISSUED * cycles);
  return Math.ceil(most / together) * (issue + (2 * CACHE_CYCLES) / cycles);
}

const rowOf = (instructionsOf: InstructionsOf, kernel: string, variant: string) =>
  instructionsOf(kernel, variant) as NonNullable<ReturnType<InstructionsOf>>;

/** The least time over the rows of a workgroup, and those; undefined where the kernel has not so many units. */
function best(card: Card, layer: Layer, from: From, instructionsOf: InstructionsOf) {
  if (typeof from === "object" && layer.hidden > from.mostUnits) return undefined;
  const times =
    typeof from === "object"
      ? ([1, 2] as const).map((rows) => ({ rows, time: held(card, layer, rows, from) }))
      : ROWS.map((rows) => ({ rows, time: streamed(card, layer, rows, from, instructionsOf) }));
  return times.reduce((least, each) => (each.time < least.time ? each : least));
}

/** The section of the report. `unmixed`: of a GPU that turns weights of 16 bits into 32 before it multiplies them. */
export function insideSection(instructionsOf: InstructionsOf, unmixed: InstructionsOf): string {
  const from: readonly (readonly [From, string])[] = [
    [4, "float32 from the cache"],
    [2, "16 bits from the cache"],
    [{ variants: { 1: "wide_row", 2: "wide" }, threads: 768, mostUnits: 96, instructionsOf }, "float32 in registers"],
    [
      {
        variants: { 1: "wide_row_float16", 2: "wide_float16" },
        threads: 512,
        mostUnits: 128,
        instructionsOf: unmixed,
      },
      "16 bits in registers",
    ],
  ];
  const rows = [cards.h100, cards.rtx3060].flatMap((card) =>
    [96, 128, 192, 256].flatMap((hidden) =>
      [8, 32, 128].map((batch) => {
        const layer = { hidden, batch };
        const steps = apart(card, layer, instructionsOf);
        const cells = from.map(([each]) => {
          const found = best(card, layer, each, instructionsOf);
          return found ? `${found.time.toFixed(2)} (${found.rows}), ${(steps / found.time).toFixed(2)} times` : "–";
        });
        return [`${card.name}, H ${hidden}, B ${batch}`, steps.toFixed(2), ...cells];
      }),
    ),
  );
  const heads = ["", "a dispatch a step", ...from.map(([, head]) => head)];
  const table = [heads, heads.map((_, i) => (i === 0 ? "---" : "---:")), ...rows];
  return `## All steps inside a workgroup

Kernels for up to 64 units are taken by a rule. This is what a step of a forward LSTM of more takes, in µs, by the same model: a workgroup owns whole rows of the batch (how many is in brackets, the best). Its weights are read from the cache at every step, through a multiprocessor's port of ${PORT} bytes a cycle, which no kernel does, or held in its registers, as the variants ${"`wide`"} do (\`npm run isa -- ${SEQUENCE}\`), which a device takes where tuning finds them faster. For weights of 16 bits the instructions are those for vega10, which turns each into 32 bits first, as NVIDIA's do. Beside it the gain over a dispatch for each step, of which ${"`lanes`"} has many more workgroups.

${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
`;
}
