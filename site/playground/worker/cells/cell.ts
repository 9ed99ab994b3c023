import type { nn, SpecTree, Value } from "seqgrad";
import type { Settings } from "../../settings.ts";

/** What stands between what goes in and the answers: [batch, time, input] → [batch, time, `size`]. */
export interface Body extends nn.Module {
  /** Numbers that it gives at each time. */
  readonly size: number;
  forward(x: Value, state?: never): readonly [outputs: Value, state: unknown];
  /** Of a state that can be carried from one sequence to the next; absent where there is none. */
  stateSpec?(batch: number): SpecTree;
  inspect?(x: Value): { readonly outputs: Value; readonly layers: readonly nn.LayerTrace[] };
  /** The weights of every layer, [batch, heads, time, time] each; less time where not all steps ask or are looked at. */
  attention?(x: Value): readonly Value[];
  /** The first step that asks, where others than the first do, and what its attention is called. */
  readonly looks?: { readonly title: string; readonly from: number };
  /** Of the layers that `inspect` gives: what they are, and the first step that each reads. */
  readonly titles?: readonly string[];
  readonly starts?: readonly number[];
}

export interface BodyOptions {
  readonly input: number;
  /** Numbers that are asked for at each time. */
  readonly outputs: number;
  /** The first step that an answer is asked of, where all before it is a question. */
  readonly answerFrom?: number | undefined;
  /** Whether nothing may look ahead. */
  readonly foretells: boolean;
  readonly settings: Settings;
}

export type MakeBody = (options: BodyOptions) => Body;
