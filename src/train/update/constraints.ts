import { ArgumentError } from "../../errors.ts";
import type { Slot } from "../../graph/lowering.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { formatShape, sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/update.ts";
import { oneThreadPerRow } from "../../ops/rows/threads.ts";
import { show } from "../../options.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { TrainingMemory } from "../gradients.ts";
import { type Grouping, groupOf, type NormConstraint } from "../optim/groups.ts";
import type { UpdateStage, UpdateStep } from "./stage.ts";
import { bitsOf, byRows, chunkTable, type Place, Tables, together } from "./tables.ts";

/** Numbers of a norm over a whole parameter from which on it is cut in chunks. */
const LARGE = 4096;

/**
 * Brings norms of parameters back between their bounds after each update, in one dispatch for all parameters; those that are of a
 * whole large parameter in two, by chunks.
 */
export class Constraints implements UpdateStage {
  readonly #tables: Tables;

  constructor(private readonly memory: TrainingMemory) {
    this.#tables = new Tables(memory.device, "constraints");
  }

  updated(to: LoweringContext, { segments, guard }: UpdateStep): void {
    const { optimizer } = this.memory;
    for (const { parameter, places } of together(segments, (each) => constraintOf(optimizer, each) !== undefined)) {
      const large = places.filter((place) => this.#isLarge(place.parameter));
      const others = places.filter((place) => !large.includes(place));
      if (large.length > 0) this.#byChunks(to, parameter, large, guard);
      if (others.length > 0) this.#byVectors(to, parameter, others, guard);
    }
  }

  #byVectors(to: LoweringContext, parameter: Slot, places: readonly Place[], guard: Slot): void {
    const { words, rows, elements } = this.#table(places);
    const [parallel, serial] = [kernels.constrain_norms_parallel, kernels.constrain_norms_serial];
    to.dispatch({
      ...byRows(to, rows, oneThreadPerRow(to.adapter, rows, elements / rows), { parallel, serial }),
      bind: { parameter, guard, table: this.#tables.slot(to, words) },
      params: { rows, parameters: places.length },
      flops: 4 * elements,
    });
  }

  #byChunks(to: LoweringContext, parameter: Slot, places: readonly Place[], guard: Slot): void {
    const bounds: number[] = [];
    const { words, chunks } = chunkTable(to.adapter, places, (each, { from, to: end }) => {
      const entry = bounds.length;
      bounds.push(from, end, ...boundsOf(constraintOf(this.memory.optimizer, each) as NormConstraint), 0, 0, 0);
      return [entry, 0];
    });
    const [table, partials] = [this.#tables.slot(to, words), to.temporary([chunks], "float32", "squares of chunks")];
    const isSoftware = to.adapter.kind === "software";
    const squares = { parallel: kernels.chunk_squares_parallel, serial: kernels.chunk_squares_serial };
    to.dispatch({
      ...byRows(to, chunks, isSoftware, squares),
      bind: { x: parameter, partials, table },
      params: { chunks },
    });
    const constrain = { parallel: kernels.constrain_chunks_parallel, serial: kernels.constrain_chunks_serial };
    to.dispatch({
      ...byRows(to, chunks, isSoftware, constrain),
      bind: { parameter, guard, partials, table, bounds: this.#tables.slot(to, Uint32Array.from(bounds)) },
      params: { chunks },
    });
  }

  #isLarge(parameter: Parameter): boolean {
    const { optimizer } = this.memory;
    const constraint = constraintOf(optimizer, parameter) as NormConstraint;
    const { outer, n, inner } = vectorsOf(optimizer.name, parameter, constraint);
    return outer * inner === 1 && n > LARGE;
  }

  dispose(): void {
    this.#tables.dispose();
  }

  #table(places: readonly Place[]) {
    let [rows, elements] = [0, 0];
    const words = places.flatMap(({ parameter, start }) => {
      const constraint = constraintOf(this.memory.optimizer, parameter) as NormConstraint;
      const { outer, n, inner } = vectorsOf(this.memory.optimizer.name, parameter, constraint);
      const first = rows;
      rows += outer * inner;
      elements += outer * n * inner;
      return [first, start, n, inner, ...boundsOf(constraint), 0];
    });
    return { words: Uint32Array.from(words), rows, elements };
  }
}

/** The largest float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Bits of the least norm, of the largest and of the rate. */
const boundsOf = ({ minNorm = 0, maxNorm = LARGEST, rate = 1 }: NormConstraint): number[] =>
  [minNorm, Math.min(maxNorm, LARGEST), rate].map(bitsOf);

const constraintOf = (optimizer: Grouping, { name }: Parameter): NormConstraint | undefined =>
  optimizer.groups?.[groupOf(optimizer, name)]?.constraint;

/** Throws ArgumentError for an axis that a parameter does not have, before anything is made. */
export function checkConstraints(optimizer: Grouping, parameters: readonly Parameter[]): void {
  for (const parameter of parameters) {
    const constraint = constraintOf(optimizer, parameter);
    if (constraint) vectorsOf(optimizer.name, parameter, constraint);
  }
}

/** A parameter as [outer, n, inner], the norms being along n. */
function vectorsOf(optimizer: string, { name, shape }: Parameter, { axis }: NormConstraint) {
  const rank = shape.length;
  const given = axis === undefined ? undefined : typeof axis === "number" ? [axis] : axis;
  const axes = (given ?? shape.map((_, i) => i).slice(rank > 1 ? 1 : 0))
    .map((each) => (each < 0 ? each + rank : each))
    .sort((a, b) => a - b);
  const [first = 0, end] = [axes[0], (axes.at(-1) ?? -1) + 1];
  if (given?.length === 0 || first < 0 || end > rank || axes.some((each, i) => each !== first + i)) {
    throw new ArgumentError(
      `${optimizer}: constraint.axis is ${show(axis)} for ${name} ${formatShape(shape)}, expected axes from ${-rank} to ${rank - 1} that lie side by side; give parameters of other shapes a group of their own`,
    );
  }
  const [outer, inner] = [sizeOf(shape.slice(0, first)), sizeOf(shape.slice(end))];
  return { outer, n: sizeOf(shape.slice(first, end)), inner };
}
