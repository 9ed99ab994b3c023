/**
 * Layers along the diagonal: a step of the loop computes step t of the first layer, t − 1 of the second and so on, so that T + L − 1
 * steps do what L loops of T steps do one after the other. The products of the upper layers with their inputs, which else are one
 * large product before the loop, are made in it.
 */
import type { Value } from "../../../graph/value.ts";
import { dropout } from "../../../ops/elementwise/dropout.ts";
import { mul } from "../../../ops/elementwise/elementwise.ts";
import { concat, full, slice, zeros } from "../../../ops/layout/layout.ts";
import { scan } from "../../../ops/loop/scan.ts";
import { stepMask } from "../../../ops/recurrent/lengths.ts";
import { type Recurrence, runOnce } from "./steps.ts";

interface Rounds {
  readonly projected: Value;
  /** For each layer: where its step counts. */
  readonly masks: readonly Value[];
  /** For each layer but the first: what its input is multiplied by; null without dropout. */
  readonly kept: readonly (Value | null)[];
}

export interface DiagonalResult {
  /** Of the last layer, [T, B, size]. */
  readonly outputs: Value;
  /** Of each layer. */
  readonly finals: readonly (readonly Value[])[];
}

/** `rate` is the dropout between the layers. `sequence` is [T, B, input]. */
export function diagonalLoop(
  layers: readonly Recurrence[],
  sequence: Value,
  lengths: Value | undefined,
  rate: number,
): DiagonalResult {
  const [length, batch, size] = sequence.shape as [number, number, number];
  const late = layers.length - 1;
  const rounds = length + late;
  const steps = lengths ? stepMask(lengths, length) : full([length, 1, 1], 1);
  /** What a layer has at each step, at the rounds of those steps. */
  const atRounds = (ofSteps: Value, layer: number) => {
    const rest = ofSteps.shape.slice(1);
    const none = (count: number) => (count > 0 ? [zeros([count, ...rest])] : []);
    return concat([...none(layer), ofSteps, ...none(late - layer)]);
  };
  const [first] = layers as [Recurrence];
  const xs: Rounds = {
    projected: first.project(concat([sequence, zeros([late, batch, size])])),
    masks: layers.map((_, layer) => atRounds(steps, layer)),
    // drawn as for layers one after the other
    kept: layers.slice(0, -1).map(({ initial: [h] }, below) => {
      const shape = (h as Value).shape;
      return rate > 0 ? atRounds(dropout(full([length, ...shape], 1), rate), below + 1) : null;
    }),
  };
  const initial: readonly (readonly Value[])[] = layers.map((layer) => [...layer.initial]);
  const [finals, outputs] = scan(xs, initial, (states, { projected, masks, kept }) => {
    const results = layers.map((layer, i) => {
      // what the layer below gave in the round before
      const below = states[i - 1]?.[0];
      const keep = kept[i - 1];
      const input = below && layer.project(keep ? mul(below, keep) : below);
      const given = { projected: input ?? projected, probe: null };
      return runOnce(layer, states[i] as readonly Value[], given, masks[i] as Value);
    });
    return [results.map(({ next }) => next), (results.at(-1) as (typeof results)[number]).out.outputs] as const;
  });
  return { outputs: slice(outputs, 0, late, rounds), finals };
}
