/** Where the values of a fused loop lie that outlast the dispatch that makes them. */
import type { Lowering, Slot } from "../../../graph/lowering.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, Value } from "../../../graph/value.ts";
import type { Loop } from "../loop.ts";
import type { Schedule } from "./schedule.ts";

/** Room for a value of some or of all steps; slots of rows × columns numbers follow one another. */
export interface Region {
  /** What a step writes there. */
  readonly value: Value;
  /** Its place in the carry. Where it has one, slots begin with what the loop begins with. */
  readonly carry: number | undefined;
  /**
   * `time`: a slot for every step, in order of time, with one more for what a carry begins with, in reverse behind the last.
   * `ring`: a few slots that steps take in turn. `ends`: of a carry that nobody reads but the dispatch that makes it, what it
   * begins and ends with.
   */
  readonly kind: "time" | "ring" | "ends";
  readonly columns: number;
  readonly slots: number;
  /** Elements from one slot to the next. */
  readonly size: number;
}

/** Where something lies: a buffer, and the first element in it. */
export type Place = Pick<Slot, "buffer" | "offset">;

export type Regions = ReadonlyMap<Value, Region>;

/** By the value that a step writes: what is kept or carried, and what a later dispatch reads. */
export function regionsOf(loop: Loop, schedule: Schedule): Regions {
  const { rows, levels } = schedule;
  // dispatches between the making of a value and its last reader; of carries by their `next`
  const distances = new Map<Value, number>();
  for (const node of loop.nodes) {
    const now = schedule.when(node.results[0]);
    const operand = schedule.productOf(node.results[0])?.operand;
    const summed = schedule.isOfRows(node) ? (node.op.row?.summed(node) ?? []) : [];
    for (const read of new Set(node.operands)) {
      const carried = schedule.carryOf(read);
      if (!carried && !schedule.isComputed(read)) continue;
      const distance = now - schedule.when(read);
      // sums over rows read them again and again
      if (distance === 0 && read !== operand && !summed.includes(read)) continue;
      const made = carried?.next ?? read;
      distances.set(made, Math.max(distance, distances.get(made) ?? 0));
    }
  }
  const carries = new Map(loop.carry.map(({ next }, i) => [next, i]));
  const regions = new Map<Value, Region>();
  for (const value of new Set([...loop.kept, ...carries.keys(), ...distances.keys()])) {
    const carry = carries.get(value);
    const distance = distances.get(value);
    const size = sizeOf(value.shape);
    const common = { value, carry, columns: size / rows, size };
    const whole = loop.kept.includes(value) || (carry !== undefined && loop.before.includes(carry));
    if (whole) {
      regions.set(value, { ...common, kind: "time", slots: loop.length + (carry === undefined ? 0 : 1) });
    } else if (distance === undefined) regions.set(value, { ...common, kind: "ends", slots: 2 });
    else {
      const slots = Math.max(Math.floor(distance / levels) + 1, carry === undefined ? 1 : 2);
      regions.set(value, { ...common, kind: "ring", slots });
    }
  }
  return regions;
}

/** Where a step finds a value that a dispatch before made. */
export function readBy(value: Value, schedule: Schedule, regions: Regions) {
  const carry = schedule.carryOf(value);
  return { region: regions.get(carry?.next ?? value) as Region, when: carry ? "before" : "after" } as const;
}

/** The slot that a step writes, or reads of the step before it. */
export function slotIn({ kind, slots, carry }: Region, loop: Loop, step: number, when: "before" | "after"): number {
  const { length, reverse } = loop;
  const time = reverse ? length - 1 - step : step;
  if (kind === "time") {
    if (carry === undefined) return time;
    return (when === "before") === reverse ? time + 1 : time;
  }
  if (kind === "ends") return when === "before" ? 0 : 1;
  return (carry === undefined || when === "before" ? step : step + 1) % slots;
}

/** Where a carry's region has what the loop begins with, and what it ends with. */
export function endsOf({ kind, slots }: Region, { length, reverse }: Loop): { first: number; last: number } {
  if (kind === "time") return reverse ? { first: length, last: 0 } : { first: 0, last: length };
  return { first: 0, last: kind === "ends" ? 1 : length % slots };
}

/** Room for the regions, as few buffers as may be. */
export function placeRegions(regions: Regions, runsAlone: (node: Node) => boolean, to: Lowering): Map<Region, Place> {
  const { maxStorageBufferBindingSize, maxBufferSize } = to.adapter.limits;
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4 - 64;
  const groups: { elements: number; readonly members: (readonly [Region, number])[]; readonly isAlone: boolean }[] = [];
  for (const region of regions.values()) {
    const elements = Math.ceil((region.slots * region.size) / 4) * 4;
    // an operation by itself reads from the kernels' buffers, so it writes to others
    const isAlone = runsAlone(region.value.node as Node);
    const known = groups.find((each) => !each.isAlone && each.elements + elements <= limit);
    const group = isAlone || !known ? { elements: 0, members: [], isAlone } : known;
    if (group !== known) groups.push(group);
    group.members.push([region, group.elements]);
    group.elements += elements;
  }
  const places = new Map<Region, Place>();
  for (const { elements, members } of groups) {
    const { buffer, offset } = to.temporary([elements], "float32", "steps");
    for (const [region, start] of members) places.set(region, { buffer, offset: offset + start });
  }
  return places;
}

/** A slot of a region. */
export function slotOf(region: Region, places: ReadonlyMap<Region, Place>, slot: number): Slot {
  const { buffer, offset } = places.get(region) as Place;
  return { buffer, offset: offset + slot * region.size, shape: region.value.shape, dtype: "float32" };
}

/** All steps' values from a slot on. */
export const stepsOf = (region: Region, places: ReadonlyMap<Region, Place>, start: number, { length }: Loop): Slot => ({
  ...slotOf(region, places, start),
  shape: [length, ...region.value.shape],
});
