/** What every recurrence may be given. */
import { optionalValue } from "../../graph/arguments.ts";
import type { Value } from "../../graph/value.ts";
import { flag, type KindsOf } from "../../options.ts";

/** Options that `lstm`, `gru` and `rnn` have in common. */
export interface RecurrenceOptions {
  /** From the last step to the first: the initial states are those behind the sequence, the final ones those of step 0. */
  readonly reverse?: boolean;
  /**
   * int32 [B], each from 0 to T: how many steps each row has. Past them its output is zero and its states stay; the final
   * states are those after its own last step (in reverse step 0), of a row without steps the initial ones.
   */
  readonly lengths?: Value;
}

export const recurrenceKinds: KindsOf<RecurrenceOptions> = { reverse: flag, lengths: optionalValue };
