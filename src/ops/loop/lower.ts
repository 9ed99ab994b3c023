import type { Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf, stridesOf } from "../../graph/shape.ts";
import type { NodeLowering, Value } from "../../graph/value.ts";
import { lowerCopy, lowerFill } from "../layout/copy.ts";
import type { Loop } from "./loop.ts";

/**
 * Memory of a carry. A kernel that reads it and writes the next one may not bind the same buffer twice, so it alternates
 * between two buffers. Where all its values are kept, the two hold the even and the odd ones, to be interleaved after the
 * loop: a copy of everything once is cheaper than a dispatch per step.
 */
interface CarryMemory {
  readonly initial: Slot;
  readonly buffers: readonly [Slot, Slot];
  /** Elements from one value to the next but one; 0 where only the last is kept. */
  readonly stride: number;
}

/** What a loop gives; see `scan-op.ts`. */
export interface LoopOutputs {
  readonly finals: readonly Value[];
  readonly kept: readonly Value[];
  readonly before: readonly Value[];
}

/** Emits the loop step by step, operation by operation. */
export function lowerLoop(loop: Loop, outputs: LoopOutputs, to: NodeLowering): void {
  const { carry, kept, length, reverse } = loop;
  const memories = carry.map(({ initial, next }, i): CarryMemory => {
    const isKept = kept.includes(next) || loop.before.includes(i);
    const size = sizeOf(next.shape);
    const shape = isKept ? [Math.ceil((length + 1) / 2), ...next.shape] : next.shape;
    const buffer = () => to.temporary(shape, next.dtype, "carry");
    const initialSlot = initial ? to.slot(initial) : zerosOf(next.shape, to);
    return { initial: initialSlot, buffers: [buffer(), buffer()], stride: isKept ? size : 0 };
  });
  const carried = new Set(carry.map(({ next }) => next));
  const stackedSlots = kept.map((value, i) => (carried.has(value) ? undefined : to.output(outputs.kept[i] as Value)));
  const sliceSlots = [...loop.slices].map(([placeholder, stacked]) => [placeholder, to.slot(stacked)] as const);

  for (let step = 0; step < length; step++) {
    const time = reverse ? length - 1 - step : step;
    const bindings = new Map<Value, Slot>(sliceSlots.map(([value, slot]) => [value, sliceAt(slot, time, value.shape)]));
    const destinations = new Map<Value, Slot>();
    carry.forEach(({ placeholder, next }, i) => {
      const memory = memories[i] as CarryMemory;
      bindings.set(placeholder, valueAt(memory, step, next.shape));
      destinations.set(next, valueAt(memory, step + 1, next.shape));
    });
    kept.forEach((value, i) => {
      const slot = stackedSlots[i];
      if (slot) destinations.set(value, sliceAt(slot, time, value.shape));
    });
    to.inline(loop, to.iteration * loop.total + time, bindings, destinations);
  }

  carry.forEach(({ next }, i) => {
    const memory = memories[i] as CarryMemory;
    to.alias(outputs.finals[i] as Value, valueAt(memory, length, next.shape));
    const after = kept.indexOf(next);
    if (after >= 0) interleave(memory, to.output(outputs.kept[after] as Value), loop, to, 1);
    const before = loop.before.indexOf(i);
    if (before < 0) return;
    const y = to.output(outputs.before[before] as Value);
    const [{ shape }, first] = [next, reverse ? length - 1 : 0];
    lowerCopy(to, shape, memory.initial, stridesOf(shape), sliceAt(y, first, shape), stridesOf(shape));
    interleave(memory, y, loop, to, 0);
  });
}

function zerosOf(shape: Shape, to: NodeLowering): Slot {
  const slot = to.temporary(shape, "float32", "zeros");
  lowerFill(to, slot, 0);
  return slot;
}

const sliceAt = (slot: Slot, index: number, shape: Shape): Slot => ({
  ...slot,
  shape,
  offset: slot.offset + index * sizeOf(shape),
});

/** Where the carry is after `count` steps. */
function valueAt({ initial, buffers, stride }: CarryMemory, count: number, shape: Shape): Slot {
  if (count === 0) return initial;
  const buffer = buffers[count % 2] as Slot;
  return { ...buffer, shape, offset: buffer.offset + Math.floor(count / 2) * stride };
}

/**
 * Brings the carries after steps 1, 2, … into one tensor [length, ...] in order of time: each at the place of the step that made
 * it (`late` = 1), or of the one that begins with it (0).
 */
function interleave({ buffers }: CarryMemory, y: Slot, { length, reverse }: Loop, to: NodeLowering, late: 0 | 1): void {
  const shape = y.shape.slice(1);
  const size = sizeOf(shape);
  const inner = stridesOf(shape);
  const last = length - 1 + late;
  for (const parity of [1, 0] as const) {
    // after `count` steps with this parity; an even count of 0 is the initial value and not among the outputs
    const first = parity === 1 ? 1 : 2;
    if (last < first) continue;
    const count = Math.floor((last - first) / 2) + 1;
    const buffer = buffers[parity] as Slot;
    const start = reverse ? last - first : first - late;
    lowerCopy(
      to,
      [count, ...shape],
      buffer,
      [size, ...inner],
      y,
      [(reverse ? -2 : 2) * size, ...inner],
      Math.floor(first / 2) * size,
      start * size,
    );
  }
}
