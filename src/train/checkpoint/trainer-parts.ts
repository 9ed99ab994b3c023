import type { InputValue } from "../../graph/leaves.ts";
import type { Executable } from "../../run/executable.ts";
import type { Schedule } from "../optim/optimizer.ts";
import type { Part, PlainData, Resumable } from "./parts.ts";

/** State that goes from one step's sequences to the next. */
export const carryPart = (executable: Executable, carried: readonly InputValue[]): Part => ({
  name: "carry",
  *tensors() {
    for (const { name, shape, dtype } of carried) yield { name, shape, dtype, ...executable.replay.inputPlace(name) };
  },
});

/** A schedule that follows a measure remembers it; others go by the step alone. */
export function schedulePart(schedule: Schedule): Part[] {
  if (typeof schedule === "number" || !("restore" in schedule)) return [];
  const own = schedule as unknown as Resumable<PlainData>;
  const stateOf = ({ state }: Resumable<PlainData>) => (typeof state === "function" ? state() : state);
  return [{ name: "schedule", fields: () => stateOf(own), restore: (fields) => own.restore(fields, new Map()) }];
}
