/** Draws the next token of each sequence from its logits. */

import { apply } from "../../graph/apply.ts";
import { int32, type Spec } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { oneThreadPerRow } from "./threads.ts";

/** What is remembered from token to token; see kernels/rows/sample.wgsl, also for the two inputs that say how to draw. */
export interface SampleState<V = Value> {
  /** [rows]. */
  readonly tokens: V;
  /** [rows]. */
  readonly ended: V;
  /** [rows, words]. */
  readonly seen: V;
  /** [slots, rows]. */
  readonly drawn: V;
}

interface Given extends SampleState {
  readonly logits: Value;
  readonly turn: Value;
  readonly settings: Value;
}

/** Numbers in front of what there is for each row. */
export const [SETTINGS, TURN] = [6, 2];

/** A bit for each token, in words of 32. */
export const wordsOf = (vocabulary: number): number => Math.ceil(vocabulary / 32);

/** Specs of `sample`'s operands beside the logits. */
export function sampleSpecs(
  rows: number,
  vocabulary: number,
  slots: number,
): { readonly turn: Spec; readonly settings: Spec; readonly state: SampleState<Spec> } {
  const words = wordsOf(vocabulary);
  return {
    turn: int32([TURN + rows]),
    settings: int32([SETTINGS + rows + words]),
    state: { tokens: int32([rows]), ended: int32([rows]), seen: int32([rows, words]), drawn: int32([slots, rows]) },
  };
}

const sampleOp: Op<null, Given, SampleState> = {
  name: "sample",
  lower({ inputs, outputs }, to) {
    const [logits, turn, settings] = [to.slot(inputs.logits), to.slot(inputs.turn), to.slot(inputs.settings)];
    const [rows, v] = logits.shape as [number, number];
    const bind = {
      logits,
      turn,
      settings,
      weights: to.temporary([rows, v], "float32", "weights"),
      tokens: to.overwrite(inputs.tokens, outputs.tokens),
      ended: to.overwrite(inputs.ended, outputs.ended),
      seen: to.overwrite(inputs.seen, outputs.seen),
      drawn: to.overwrite(inputs.drawn, outputs.drawn),
    };
    const params = { rows, v, words: wordsOf(v) };
    const [byThread, byWorkgroup] = [linearWorkgroups(rows), foldWorkgroups(rows)];
    to.choose({
      key: `sample ${rows} ${v}`,
      ways: {
        serial: () => to.dispatch({ kernel: kernels.sample_serial, bind, params, workgroups: byThread }),
        parallel: () => to.dispatch({ kernel: kernels.sample_parallel, bind, params, workgroups: byWorkgroup }),
      },
      rule: oneThreadPerRow(to.adapter, rows, v) ? "serial" : "parallel",
      naive: () => to.dispatch({ kernel: kernels.sample_naive, bind, params, workgroups: byThread }),
    });
  },
};

/** The next state, written over the one before. `logits` [rows, vocabulary]. */
export function sample(logits: Value, turn: Value, settings: Value, state: SampleState): SampleState {
  return apply(sampleOp, { logits, turn, settings, ...state }, null, state);
}
