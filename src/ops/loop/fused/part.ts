/** One dispatch of a step with all that is told to its kernels. */
import type { Slot } from "../../../graph/lowering.ts";
import type { DType } from "../../../graph/shape.ts";
import type { NodeLowering } from "../../../graph/value.ts";
import type { StepShape } from "../../recurrent/cells.ts";
import type { Loop } from "../loop.ts";
import type { Source, Width } from "./addresses.ts";
import { Bound } from "./bound.ts";
import type { Phase } from "./phase.ts";
import type { Place, Region } from "./regions.ts";
import { NotFusable, type Schedule } from "./schedule.ts";
import { textsOf } from "./text.ts";
import { type Bindings, HALVES, type WeightLayout } from "./weights-text.ts";

/** A dispatch of a step, ready to be emitted. */
export interface Part {
  readonly phase: Phase;
  readonly step: StepShape;
  readonly bind: Readonly<Record<string, Slot>>;
  readonly params: Readonly<Record<string, number>>;
  /** Emits what has to be done once before the steps. */
  prepare(): void;
  texts(width: Width): ReturnType<typeof textsOf>;
}

export function partOf(
  loop: Loop,
  schedule: Schedule,
  numbers: Phase,
  write: (width: Width) => Phase,
  placeOf: (source: Source) => Place,
  to: NodeLowering,
): Part {
  const { units, sums, sources, written } = numbers;
  const bound = new Bound(numbers, schedule, placeOf, to);
  const { places, weights } = bound;
  const isHalf = weights?.isHalf ?? false;
  const buffers = [...new Set([...places, ...(weights && !isHalf ? [weights] : [])].map(({ buffer }) => buffer))];
  const [operand] = numbers.operands;
  if (numbers.operands.some(({ source }) => places[source]?.buffer !== places[operand?.source as number]?.buffer)) {
    throw new NotFusable("the rows of one dispatch's products do not fit into one buffer");
  }
  const bindings: Bindings = {
    buffers: places.map(({ buffer }) => buffers.indexOf(buffer)),
    weights: weights && (isHalf ? HALVES : `b${buffers.indexOf(weights.buffer)}`),
    written: buffers.map((buffer) => sources.some((source, i) => written.has(source) && places[i]?.buffer === buffer)),
  };
  const slot = (buffer: number, dtype: DType = "float32"): Slot => ({ buffer, offset: 0, shape: [0], dtype });
  const { rows } = schedule;
  const texts = new Map<Width, ReturnType<typeof textsOf>>();
  const layout: WeightLayout = { transposed: weights?.transposed ?? false };
  const params: Record<string, number> = {
    batch_size: rows,
    hidden_size: units,
    seq_len: loop.length,
    reverse: loop.reverse ? 1 : 0,
    ...bound.productParams,
  };
  places.forEach(({ offset }, i) => {
    params[`at${i}`] = offset;
  });
  for (const source of numbers.measured) params[`columns${source}`] = (sources[source] as Region).columns;
  return {
    phase: numbers,
    prepare: () => bound.copy(),
    step: {
      length: loop.length,
      batch: rows,
      hidden: units,
      sums: Math.max(1, sums.length),
      flops: 2 * rows * units * sums.reduce((sum, { product: { k } }) => sum + k, 0),
      wholeRows: false,
      vectorizes: bound.vectorizes,
    },
    bind: {
      ...Object.fromEntries(buffers.map((buffer, i) => [`b${i}`, slot(buffer)])),
      ...(weights && isHalf ? { [HALVES]: slot(weights.buffer, "float16") } : {}),
    },
    params,
    texts(width) {
      const known =
        texts.get(width) ?? textsOf(loop.name, width === "numbers" ? numbers : write(width), bindings, layout, width);
      texts.set(width, known);
      return known;
    },
  };
}
