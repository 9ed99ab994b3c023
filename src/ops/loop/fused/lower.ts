/** Emits a loop in few dispatches a step: all products of a level together with the functions that follow. */
import { stridesOf } from "../../../graph/shape.ts";
import type { NodeLowering, Value } from "../../../graph/value.ts";
import { lowerCopy, lowerFill } from "../../layout/copy.ts";
import type { Loop } from "../loop.ts";
import type { LoopOutputs } from "../lower.ts";
import type { Source, Width } from "./addresses.ts";
import { emit } from "./emit.ts";
import { inlineNode, type LoneNode, loneNodes } from "./lone-nodes.ts";
import { partOf } from "./part.ts";
import { writtenIn } from "./phase.ts";
import { writeProducts } from "./product-phase.ts";
import { endsOf, type Place, placeRegions, type Region, regionsOf, slotOf, stepsOf } from "./regions.ts";
import { writeRows } from "./row-phase.ts";
import { NotFusable, scheduleOf } from "./schedule.ts";

/** Says why where the loop cannot be emitted so, and emits nothing then. */
export function lowerFused(loop: Loop, outputs: LoopOutputs, to: NodeLowering): string | undefined {
  try {
    lower(loop, outputs, to);
    return undefined;
  } catch (error) {
    if (error instanceof NotFusable) return error.message;
    throw error;
  }
}

function lower(loop: Loop, outputs: LoopOutputs, to: NodeLowering): void {
  const schedule = scheduleOf(loop);
  const regions = regionsOf(loop, schedule);
  const phases = Array.from({ length: schedule.levels }, (_, phase) => phase);
  const written = phases.map((phase) => {
    const writePhase = schedule.hasRows(phase) ? writeRows : writeProducts;
    const write = (width: Width) => writePhase({ loop, schedule, regions, phase, width });
    return writtenIn(schedule, regions, phase).length > 0 ? { numbers: write("numbers"), write } : undefined;
  });
  const places = placeRegions(regions, schedule.runsAlone, to);
  const placeOf = (source: Source): Place => ("kind" in source ? (places.get(source) as Place) : to.slot(source.whole));
  const parts = written.map((each) => each && partOf(loop, schedule, each.numbers, each.write, placeOf, to));
  const nodes = phases.map((phase) => loneNodes(loop, schedule, phase));
  const runNode = ({ node, stage }: LoneNode, round: number) => {
    const step = round - stage;
    if (step >= 0 && step < loop.length) inlineNode(node, step, { loop, schedule, regions, places }, to);
  };

  for (const part of parts) part?.prepare();
  loop.carry.forEach(({ initial, next }) => {
    const region = regions.get(next) as Region;
    const { first } = endsOf(region, loop);
    const slot = slotOf(region, places, first);
    if (initial) lowerCopy(to, next.shape, to.slot(initial), stridesOf(next.shape), slot, stridesOf(next.shape));
    else if (region.kind !== "ends") lowerFill(to, slot, 0);
  });
  emit(
    loop,
    phases.map((phase) => ({ part: parts[phase], nodes: nodes[phase] ?? [] })),
    runNode,
    to,
  );
  loop.carry.forEach(({ next }, i) => {
    const region = regions.get(next) as Region;
    to.alias(outputs.finals[i] as Value, slotOf(region, places, endsOf(region, loop).last));
  });
  loop.kept.forEach((value, i) => {
    const region = regions.get(value) as Region;
    const start = region.carry === undefined || loop.reverse ? 0 : 1;
    to.alias(outputs.kept[i] as Value, stepsOf(region, places, start, loop));
  });
  loop.before.forEach((carry, i) => {
    const region = regions.get((loop.carry[carry] as Loop["carry"][number]).next) as Region;
    to.alias(outputs.before[i] as Value, stepsOf(region, places, loop.reverse ? 1 : 0, loop));
  });
}
