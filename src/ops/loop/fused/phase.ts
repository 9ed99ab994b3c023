/** What one dispatch of a fused loop computes, as WGSL, and what of that does not depend on who owns what. */
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, Value } from "../../../graph/value.ts";
import type { Source } from "./addresses.ts";
import type { PhaseRequest } from "./elements.ts";
import type { Region, Regions } from "./regions.ts";
import { NotFusable, type Product, type Schedule } from "./schedule.ts";

/** One sum of products for each unit: of a product of the graph, the columns from `block` · units on. */
export interface Sum {
  readonly product: Product;
  readonly block: number;
}

/** Where the rows of a product lie. */
export interface Operand {
  readonly source: number;
  /** The field that says where they begin. */
  readonly field: string;
  /** In whose step they are multiplied. */
  readonly stage: number;
}

/** A dispatch of a step, as it is written for one width. */
export interface Phase {
  /** Columns that a row of threads has. */
  readonly units: number;
  readonly sums: readonly Sum[];
  /** Steps that this dispatch works on beside one another: 0 for the one that it begins, 1 for the one before it … */
  readonly stages: readonly number[];
  /** What is bound: in the order of the parameters that say where each begins. */
  readonly sources: readonly Source[];
  /** The fields of `Step`, each with the WGSL that makes it of the dispatch's number. */
  readonly fields: readonly (readonly [name: string, expression: string])[];
  readonly statements: readonly string[];
  /** Of each sum. */
  readonly operands: readonly Operand[];
  /** Whether the sums are of different rows. */
  readonly isApart: boolean;
  /** Sources that are a few numbers for each row. */
  readonly numbered: ReadonlySet<Source>;
  /** Sources of whose rows a parameter says how many columns they have. */
  readonly measured: ReadonlySet<number>;
  readonly written: ReadonlySet<Source>;
  /** Whether a thread owns whole rows: the statements are those of a row. */
  readonly hasRows: boolean;
}

/** More parts of a row for each thread would be more code than is worth compiling. */
const MOST_BLOCKS = 16;

/** What the kernel of a dispatch writes; none where there is nothing for it to do. */
export const writtenIn = (schedule: Schedule, regions: Regions, phase: number): Region[] =>
  [...regions.values()].filter(
    ({ value }) => schedule.when(value) % schedule.levels === phase && !schedule.runsAlone(value.node as Node),
  );

/** When a region is written at all: some dispatches begin or end nothing where steps overlap. */
export function guardOf({ kind }: Region, stage: number, overlaps: boolean): string | undefined {
  if (kind === "ends") return `step.active${stage} && step.last${stage}`;
  return overlaps ? `step.active${stage}` : undefined;
}

/** The most columns that all parts of rows are whole multiples of. */
export function commonColumns({ loop, schedule, regions, phase }: PhaseRequest): number {
  const { rows } = schedule;
  const columnsOf = ({ shape }: Value) => sizeOf(shape) / rows;
  const written = writtenIn(schedule, regions, phase).flatMap(({ value, columns }) =>
    schedule.isNumbers(value) ? [] : [columns],
  );
  const nodes = loop.nodes.filter(
    (node) => !schedule.runsAlone(node) && schedule.when(node.results[0]) % schedule.levels === phase,
  );
  const parts = nodes.flatMap((node) => [
    ...node.results.filter((value) => !schedule.isNumbers(value)).map(columnsOf),
    ...(schedule.isOfRows(node) ? (node.op.row?.summed(node) ?? []).map(columnsOf) : []),
    ...(node.op.element?.parts?.(node, rows) ?? []),
  ]);
  const units = [...written, ...parts].filter((columns) => columns > 0).reduce(greatestCommonDivisor, 0);
  if (Math.max(...written, ...parts) > MOST_BLOCKS * units) {
    throw new NotFusable(`rows are cut into parts of ${units} columns`);
  }
  return units;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
