// What all steps inside a workgroup take of a forward LSTM, or RNN, of more than 64 units, beside a dispatch for each step, by the same model:
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

/** Of forward steps: how `lanes` share them out, and numbers that a unit of a row reads and writes. */
interface Cell {
  readonly name: "lstm" | "rnn";
  readonly gates: number;
  readonly unitsOfTile: number;
  readonly threadsOfTile: number;
  readonly traffic: number;
}

const lstm: Cell = { name: "lstm", gates: 4, unitsOfTile: 8, threadsOfTile: 128, traffic: 11 };
const rnn: Cell = { name: "rnn", gates: 1, unitsOfTile: 16, threadsOfTile: 256, traffic: 2 };

interface Layer {
  readonly cell: Cell;
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

const stepKernel = ({ name }: Cell): string => `${name}_lanes_fours_forward`;
const sequenceKernel = ({ name }: Cell): string => `${name}_sequence_tiles_forward`;

/** Microseconds of a step that is a dispatch. */
function apart(card: Card, { cell, hidden, batch }: Layer, instructionsOf: InstructionsOf): number {
  const { gates, unitsOfTile, threadsOfTile, traffic } = cell;
  const { wait, issue, stream, chain } = partsOf(
    card,
    {
      kernel: stepKernel(cell),
      variant: "default",
      count: 1,
      workgroups: Math.ceil(batch / 8) * Math.ceil(hidden / unitsOfTile),
      threads: threadsOfTile,
      flops: 2 * gates * batch * hidden ** 2,
      bytes: 4 * (gates * hidden ** 2 + traffic * batch * hidden),
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
  { cell, hidden, batch }: Layer,
  rows: number,
  bytes: 4 | 2,
  instructionsOf: InstructionsOf,
): number {
  const cycles = card.gigahertz * 1e3;
  const weights = cell.gates * hidden ** 2;
  const workgroups = Math.ceil(batch / rows);
  const most = Math.ceil(workgroups / card.processors);
  const { issued, multiplyAdds } = rowOf(instructionsOf, stepKernel(cell), "default");
  const issue = (most * weights * rows * issued) / multiplyAdds / (LANES * ISSUED * cycles);
  const port = (most * weights * bytes) / (PORT * STREAMED * cycles);
  const cache = (workgroups * weights * bytes) / (card.bandwidth * 1e3 * STREAMED * CACHE_SPEED);
  return Math.max(issue, port, cache) + (2 * CACHE_CYCLES) / cycles;
}

/** The same where registers hold the weights. Workgroups whose registers find no room beside each other follow one another. */
function held(
  card: Card,
  { cell, hidden, batch }: Layer,
  rows: 1 | 2,
  { variants, threads, instructionsOf }: Held,
): number {
  const cycles = card.gigahertz * 1e3;
  const { issued, multiplyAdds, vgprs } = rowOf(instructionsOf, sequenceKernel(cell), variants[rows]);
  const most = Math.ceil(Math.ceil(batch / rows) / card.processors);
  const together = Math.max(1, Math.min(Math.floor(REGISTERS / (vgprs * threads)), Math.floor(THREADS / threads)));
  const products = cell.gates * hidden ** 2 * rows;
  const issue = (Math.min(most, together) * products * issued) / multiplyAdds / (LANES * ISSUED * cycles);
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

const CACHED: readonly (readonly [From, string])[] = [
  [4, "float32 from the cache"],
  [2, "16 bits from the cache"],
];

/** Of each card and size a line: a dispatch for each step, and each way inside with its gain. */
function tableOf(
  cell: Cell,
  sizes: readonly (readonly [hidden: number, batch: number])[],
  from: readonly (readonly [From, string])[],
  instructionsOf: InstructionsOf,
): string {
  const rows = [cards.h100, cards.rtx3060].flatMap((card) =>
    sizes.map(([hidden, batch]) => {
      const layer = { cell, hidden, batch };
      const steps = apart(card, layer, instructionsOf);
      const cells = from.map(([each]) => {
        const found = best(card, layer, each, instructionsOf);
        return found ? `${found.time.toFixed(2)} (${found.rows}), ${(steps / found.time).toFixed(2)} times` : "–";
      });
      return [`${card.name}, H ${hidden}, B ${batch}`, steps.toFixed(2), ...cells];
    }),
  );
  const heads = ["", "a dispatch a step", ...from.map(([, head]) => head)];
  return [heads, heads.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

const each = (hidden: readonly number[], batch: readonly number[]) =>
  hidden.flatMap((units) => batch.map((rows) => [units, rows] as const));

/** The section of the report. `unmixed`: of a GPU that turns weights of 16 bits into 32 before it multiplies them. */
export function insideSection(instructionsOf: InstructionsOf, unmixed: InstructionsOf): string {
  const wide = { variants: { 1: "wide_row", 2: "wide" }, threads: 768, mostUnits: 96, instructionsOf };
  const variants = { 1: "wide_row_float16", 2: "wide_float16" };
  const half = { variants, threads: 512, mostUnits: 128, instructionsOf: unmixed };
  const broad = { variants: { 1: "broad_row", 2: "broad" }, threads: 256, mostUnits: 128, instructionsOf };
  const registers: typeof CACHED = [
    [wide, "float32 in registers"],
    [half, "16 bits in registers"],
  ];
  return `## All steps inside a workgroup

Kernels for up to 64 units are taken by a rule. This is what a step of a forward LSTM of more takes, in µs, by the same model: a workgroup owns whole rows of the batch (how many is in brackets, the best). Its weights are read from the cache at every step, through a multiprocessor's port of ${PORT} bytes a cycle, which no kernel does, or held in its registers, as the variants ${"`wide`"} do (\`npm run isa -- ${sequenceKernel(lstm)}\`), which a device takes where tuning finds them faster. For weights of 16 bits the instructions are those for vega10, which turns each into 32 bits first, as NVIDIA's do. Beside it the gain over a dispatch for each step, of which ${"`lanes`"} has many more workgroups.

${tableOf(lstm, each([96, 128, 192, 256], [8, 32, 128]), [...CACHED, ...registers], instructionsOf)}

A plain RNN of up to 128 units, which the rule lets run inside a workgroup up to 64 rows of so many:

${tableOf(rnn, each([96, 128], [8, 32, 64]), [[broad, "in registers"]], instructionsOf)}
`;
}
