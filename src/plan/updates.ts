import { InputValue } from "../graph/leaves.ts";
import type { Slot } from "../graph/lowering.ts";
import type { Parameter } from "../graph/parameter.ts";
import type { Value } from "../graph/value.ts";
import type { LoweringContext } from "./lowering.ts";
import type { Placement } from "./program.ts";

/**
 * State, and what it is to be after the run: an input, which an operation that changes it in place may do, or a parameter, whose
 * buffer it shares with others.
 */
export type Update = readonly [state: InputValue | Parameter, next: Value];

/** The new values of state, when all is lowered. A value that is there already, because it was written in place, costs nothing. */
export interface StateUpdates {
  /** The new values that are elsewhere yet, of state that is not left out. */
  values(leftOut?: ReadonlySet<Value>): Slot[];
  /** Puts them where the old ones are, by `copy` if given. */
  write(copy?: (from: Slot, to: Slot) => void): void;
}

/** Says where the state lies, before anything is lowered. `inPlace`: operations that change it may do so at once. */
export function placeUpdates(
  to: LoweringContext,
  updates: readonly Update[],
  locate: (leaf: Value) => Placement | undefined,
  inPlace: boolean,
): StateUpdates {
  const targets = updates.map(([state]) => {
    const placement = locate(state);
    // nothing may read it: then it has no memory yet
    if (placement) to.place(state, to.external(placement.external, placement.offset, state.shape, state.dtype));
    const slot = to.slot(state);
    if (inPlace && state instanceof InputValue) to.holdsState(slot);
    return slot;
  });
  const moves = () =>
    updates.flatMap(([state, next], i) => {
      const [value, target] = [to.slot(next), targets[i] as Slot];
      const isThere = value.buffer === target.buffer && value.offset === target.offset;
      return isThere ? [] : [{ state, value, target }];
    });
  return {
    values: (leftOut) => moves().flatMap(({ state, value }) => (leftOut?.has(state) ? [] : [value])),
    write(copy = (from, target) => to.copy(from, target)) {
      const buffers = new Set(targets.map(({ buffer }) => buffer));
      // state that becomes the value of other state is read before any is written
      const copies = moves().map(({ value, target }) => {
        if (!buffers.has(value.buffer)) return { from: value, target };
        const held = to.temporary(value.shape, value.dtype, "carried state");
        to.copy(value, held);
        return { from: held, target };
      });
      for (const { from, target } of copies) copy(from, target);
    },
  };
}
