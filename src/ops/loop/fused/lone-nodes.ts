/** Operations of a fused loop that run by themselves, between its kernels. */
import type { Slot } from "../../../graph/lowering.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, NodeLowering, Value } from "../../../graph/value.ts";
import type { Loop } from "../loop.ts";
import { type Place, type Region, type Regions, slotIn, slotOf } from "./regions.ts";
import type { Schedule } from "./schedule.ts";

/** A node, and which of the steps that a dispatch works on it belongs to. */
export interface LoneNode {
  readonly node: Node;
  readonly stage: number;
}

/** Those that run beside the kernel of a dispatch. */
export const loneNodes = (loop: Loop, schedule: Schedule, phase: number): LoneNode[] =>
  loop.nodes.filter(schedule.runsAlone).flatMap((node) => {
    const time = schedule.when(node.results[0]);
    return time % schedule.levels === phase ? [{ node, stage: Math.floor(time / schedule.levels) }] : [];
  });

interface Placed {
  readonly loop: Loop;
  readonly schedule: Schedule;
  readonly regions: Regions;
  readonly places: ReadonlyMap<Region, Place>;
}

/** Emits a node in one step: what it reads and writes lies in the regions of the loop. */
export function inlineNode(
  node: Node,
  step: number,
  { loop, schedule, regions, places }: Placed,
  to: NodeLowering,
): void {
  const time = loop.reverse ? loop.length - 1 - step : step;
  const bindings = new Map<Value, Slot>();
  for (const value of node.operands) {
    const carry = schedule.carryOf(value);
    const stacked = loop.slices.get(value);
    if (stacked) {
      const slot = to.slot(stacked);
      bindings.set(value, { ...slot, shape: value.shape, offset: slot.offset + time * sizeOf(value.shape) });
    } else if (carry) {
      const region = regions.get(carry.next) as Region;
      bindings.set(value, slotOf(region, places, slotIn(region, loop, step, "before")));
    } else if (schedule.isComputed(value)) {
      const region = regions.get(value) as Region;
      bindings.set(value, slotOf(region, places, slotIn(region, loop, step, "after")));
    }
  }
  const destinations = new Map<Value, Slot>();
  for (const value of node.results) {
    const region = regions.get(value);
    if (region) destinations.set(value, slotOf(region, places, slotIn(region, loop, step, "after")));
  }
  to.inline(bodyOf(node), to.iteration * loop.total + time, bindings, destinations);
}

const bodies = new WeakMap<Node, { nodes: readonly Node[] }>();

/** The node as a body of its own, the same for all steps, whose temporaries it shares. */
function bodyOf(node: Node) {
  const body = bodies.get(node) ?? { nodes: [node] };
  bodies.set(node, body);
  return body;
}
