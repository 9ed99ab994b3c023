/** Layers whose units are no multiple of four: filled up where that pays, here and just below. */
import type { CellKind } from "../../reference/recurrent/layers.ts";
import { opCase } from "../support/check.ts";
import { type LayerCheck, layerCheck } from "../support/recurrent-layers.ts";

type Options = NonNullable<LayerCheck["options"]>;

const shared: readonly Options[] = [
  { bias: false },
  { numLayers: 2, bidirectional: true },
  // the last segment is a single step, which is not filled up
  { checkpointEvery: 5 },
];

const own: Readonly<Record<CellKind, readonly Options[]>> = {
  RNN: [{ activation: "sigmoid" }, { activation: "relu", checkpointEvery: 5 }],
  GRU: [{ resetAfter: false }, { resetAfter: false, bias: false, checkpointEvery: 5 }],
  LSTM: [{ forgetBias: 1 }, { trainableState: true }],
};

const sizes = { batch: 6, time: 6, input: 3 };

export const recurrentPaddingCases = (["RNN", "GRU", "LSTM"] as const).map((kind) =>
  opCase(`${kind} layers with odd units`, () => [
    ...[...shared, ...own[kind]].map((options) => layerCheck({ kind, options, ...sizes, hidden: 25 })),
    layerCheck({ kind, options: { reverse: true }, ...sizes, hidden: 26, lengths: true, state: true, reset: true }),
    layerCheck({ kind, options: { checkpointEvery: 5 }, ...sizes, hidden: 27, lengths: true, state: true }),
    layerCheck({ kind, ...sizes, hidden: 21 }),
  ]),
);
