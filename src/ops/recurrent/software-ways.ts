/** What software adapters take for a recurrence, and up to which sizes. A workgroup is one core's work. */
import type { AdapterProfile } from "../../graph/lowering.ts";
import { cost, turns } from "../dispatch/software-cost.ts";
import type { StepShape } from "./cells.ts";
import { type ChosenKernel, naiveKernel, type Ways } from "./dispatches.ts";

/** Careful guesses: operations per second of one core, and seconds per step beside them. */
const WORKGROUP_SPEED = 5e8;
const STEP_SECONDS = 2e-6;

export function softwareWays(adapter: AdapterProfile, step: StepShape): Ways {
  const { wholeRows } = step;
  const secondsOfStep = step.flops / WORKGROUP_SPEED + STEP_SECONDS;
  if (!step.vectorizes) return { ways: { steps: naiveKernel(adapter, step) }, rule: "steps", secondsOfStep };
  const steps = wholeRows ? wholeRowsKernel(step) : rowsKernel(step);
  const quads = adapter.features.has("subgroups") ? quadKernels(step) : {};
  const sequence = wholeRows ? undefined : sequenceKernel(step);
  return {
    ways: { steps, ...quads, ...(sequence ? { sequence } : {}) },
    rule: sequence && prefersSequence(step, sequence) ? "sequence" : (preferredQuads(quads, step) ?? "steps"),
    secondsOfStep,
  };
}

/** Threads of a workgroup of the kernels in registers: few, so that even a small step is shared out evenly. */
const REGISTER_WORKGROUP = 8;

/** Rows past the batch are computed for nothing: 4 rows beat 8 up to a batch of 4, and one row only alone. */
const rowsPerThread = (batch: number) => (batch === 1 ? 1 : batch <= 4 ? 4 : 8);

const rowsVariant = (rows: 1 | 4 | 8): string | undefined => ({ 1: "row", 4: "four_rows", 8: undefined })[rows];

function rowsKernel({ batch, hidden, sums }: StepShape): ChosenKernel {
  const rows = rowsPerThread(batch);
  const blocks = Math.ceil(hidden / (rows === 8 && sums === 1 ? 8 : 4));
  return {
    technique: "rows",
    variant: rowsVariant(rows),
    workgroups: Math.ceil((Math.ceil(batch / rows) * blocks) / REGISTER_WORKGROUP),
  };
}

function wholeRowsKernel({ batch }: StepShape): ChosenKernel {
  const technique = "rows";
  return batch < 4 ? { technique, variant: "row", workgroups: batch } : { technique, workgroups: Math.ceil(batch / 8) };
}

function sequenceKernel({ batch }: StepShape): ChosenKernel {
  const rows = rowsPerThread(batch);
  return { technique: "sequence", variant: rowsVariant(rows), workgroups: Math.ceil(batch / rows) };
}

const MOST_FLOPS = 300e3;
const MOST_FLOPS_OF_CORE = 140e3;

/**
 * A sequence kernel spares the wait between steps but has fewer workgroups: one per batch rows, where a step has one per rows
 * and units. It pays while a step is too small for its dispatch.
 *
 * Processor time as a share of the steps' (2 cores, medians, forward and with backward): LSTM at hidden 16 0.1 to 0.5, at 32 0.2
 * to 0.9, at 64 and batch 1 to 4 0.3 to 0.9; RNN at hidden 64 0.1 to 0.4. With more to do for one workgroup, or for all, it is
 * 0.6 to 1.2, and the steps share the work among more cores.
 */
function prefersSequence({ length, flops }: StepShape, { workgroups }: ChosenKernel): boolean {
  return length > 1 && flops <= MOST_FLOPS && flops / workgroups <= MOST_FLOPS_OF_CORE;
}

/** A kernel whose workgroups are quads of four threads, which share what they load. */
interface QuadKernel extends ChosenKernel {
  /** Batch rows and units that a quad owns. */
  readonly rows: number;
  readonly units: number;
}

/** The variants by the rows that a quad owns: with all gates of 16 units, with 32 units for one product, of whole rows. */
const QUADS = {
  gates: { units: 16, variants: { 16: undefined, 8: "low" } },
  product: { units: 32, variants: { 32: undefined, 16: "half", 8: "low" } },
  wholeRows: { units: 32, variants: { 16: undefined, 8: "low" } },
} as const;

/** Up to this batch a thread by itself owns no more than 4 rows, where a quad computes the rest of 8 for nothing. */
const FEW_ROWS = 4;

/** The kernels that are not half idle: none of which a half would hold the whole batch. Those of whole rows go from step to step. */
function quadKernels({ batch, hidden, sums, wholeRows }: StepShape): Record<string, QuadKernel> {
  if (batch <= FEW_ROWS) return {};
  const technique = wholeRows ? "sequence" : "quads";
  const { units, variants } = QUADS[wholeRows ? "wholeRows" : sums === 1 ? "product" : "gates"];
  const unitBlocks = wholeRows ? 1 : Math.ceil(hidden / units);
  const fitting = Object.entries(variants).filter(([rows]) => Number(rows) < 2 * batch);
  return Object.fromEntries(
    fitting.map(([key, variant]) => {
      const rows = Number(key);
      const workgroups = Math.ceil(batch / rows) * unitBlocks;
      return [`${technique} of ${rows}`, { rows, units, technique, variant, workgroups }];
    }),
  );
}

/**
 * The one of the least time, if there is any. At the batches for which it is taken each beats the steps of threads by
 * themselves: by processor time on SwiftShader, LSTM and GRU at hidden 64 to 512, quads of 8 by some 1.2 to 1.4 times, quads
 * of 16 by 1.3 to 1.9, quads of 32 by 1.5 to 2.0; least at hidden 64, where the gates' functions are half of a step.
 */
function preferredQuads(kernels: Readonly<Record<string, QuadKernel>>, step: StepShape): string | undefined {
  const times = Object.entries(kernels).map(([way, kernel]) => ({
    way,
    time: turns(kernel.workgroups) * costOf(kernel, step),
  }));
  const least = Math.min(...times.map(({ time }) => time));
  return times.find(({ time }) => time === least)?.way;
}

/** Of four k. */
function costOf({ rows, units }: QuadKernel, { sums, wholeRows }: StepShape): number {
  const columns = (units / 4) * (wholeRows ? 1 : sums);
  return cost(rows + 4 * columns, 4 * rows * columns);
}
