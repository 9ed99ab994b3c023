import type { Slot } from "../graph/op.ts";
import type { InputValue, Value } from "../graph/value.ts";
import type { Placement } from "./build.ts";
import type { LoweringContext } from "./lowering.ts";

/** State, and what it is to be after the run. An operation that changes it in place may do so. */
export type Update = readonly [state: InputValue, next: Value];

/**
 * Says where the state lies, before anything is lowered. Gives the function that, when all is lowered, puts the new values
 * where the old ones are; a value that is there already, because it was written in place, costs nothing.
 */
export function placeUpdates(
  to: LoweringContext,
  updates: readonly Update[],
  locate: (leaf: Value) => Placement | undefined,
): () => void {
  const targets = updates.map(([state]) => {
    const placement = locate(state);
    // nothing may read it: then it has no memory yet
    if (placement) to.place(state, to.external(placement.external, placement.offset, state.shape, state.dtype));
    const slot = to.slot(state);
    to.holdsState(slot);
    return slot;
  });
  return () => {
    const buffers = new Set(targets.map(({ buffer }) => buffer));
    const moves = updates.flatMap(([, next], i) => {
      const [value, target] = [to.slot(next), targets[i] as Slot];
      const isThere = value.buffer === target.buffer && value.offset === target.offset;
      return isThere ? [] : [{ value, target }];
    });
    // state that becomes the value of other state is read before any is written
    const sources = moves.map(({ value }) => {
      if (!buffers.has(value.buffer)) return value;
      const held = to.temporary(value.shape, value.dtype, "carried state");
      to.copy(value, held);
      return held;
    });
    moves.forEach(({ target }, i) => {
      to.copy(sources[i] as Slot, target);
    });
  };
}
