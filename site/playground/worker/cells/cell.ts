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
  /** The weights of every layer, [batch, heads, time, time] each. */
  attention?(x: Value): readonly Value[];
}

export interface BodyOptions {
  readonly input: number;
  /** Numbers that are asked for at each time. */
  readonly outputs: number;
  /** Whether nothing may look ahead. */
  readonly foretells: boolean;
  readonly settings: Settings;
}

export type MakeBody = (options: BodyOptions) => Body;
