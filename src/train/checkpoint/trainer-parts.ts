import type { Grouping } from "../optim/groups.ts";
import type { Schedule } from "../optim/rate.ts";
import type { Part } from "./parts.ts";
import type { PlainData, Resumable } from "./resumable.ts";

/** Schedules that follow a measure remember it; others go by the step alone. */
export function scheduleParts({ learningRate, groups = [] }: Grouping): Part[] {
  return [
    ...schedulePart("schedule", learningRate),
    ...groups.flatMap((group, i) => schedulePart(`schedule of groups[${i}]`, group.learningRate ?? 0)),
  ];
}

function schedulePart(name: string, schedule: Schedule): Part[] {
  if (typeof schedule === "number" || !("restore" in schedule)) return [];
  const own = schedule as unknown as Resumable<PlainData>;
  const stateOf = ({ state }: Resumable<PlainData>) => (typeof state === "function" ? state() : state);
  return [{ name, fields: () => stateOf(own) as PlainData, restore: (fields) => own.restore(fields, new Map()) }];
}
