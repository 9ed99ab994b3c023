import type { Case } from "../../../harness/case.ts";
import { add, linear, scan, tanh, type Value } from "../../../src/index.ts";
import { maskSteps, reverseSequence } from "../../../src/ops/recurrent/reverse-sequence.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import * as oracle from "../../reference/recurrent/gated.ts";
import { tolerance } from "../../support/tolerance.ts";
import { opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { quadSizes, quadWays, recurrentWays, widestSizes, wideWays } from "../support/profile.ts";
import { dispatchCase, type Recurrence, recurrenceCase, scanCase } from "../support/recurrence.ts";

type Sizes = Recurrence["size"];

/** One, odd, around vectors of four, a thread's 8 rows and units, and tiles of 16 and 128. */
const SIZES: readonly Sizes[] = [
  [1, 1, 1],
  [2, 3, 5],
  [19, 1, 32],
  [7, 17, 33],
  [2, 17, 64],
  [7, 3, 130],
  [2, 4, 132],
  [17, 1, 17],
  [17, 2, 4],
  [1, 8, 30],
  [2, 33, 64],
  [3, 7, 4],
  [2, 9, 64],
  [300, 2, 4], // more than one dispatch of a sequence kernel
];

/** With a kernel each for any size, one row, 4 rows, and 8 rows. */
const ACTIVATIONS: readonly Recurrence[] = [
  { cell: "rnn", size: [7, 3, 5], activation: "relu" },
  { cell: "rnn", size: [7, 2, 8], activation: "leaky_relu", negativeSlope: 0.2, lengths: true },
  { cell: "rnn", size: [7, 1, 8], activation: "relu" },
  { cell: "rnn", size: [2, 9, 12], activation: "sigmoid" },
  { cell: "rnn", size: [3, 9, 12], activation: "identity", lengths: true },
];

const sequences = (shape: readonly number[]): readonly [NdArray, NdArray] => [
  uniform(shape, 1),
  integers([shape[1] as number], [5, 0, 4, 1, 3].slice(0, shape[1])),
];

export const rnnCases: readonly Case[] = [
  recurrenceCase(
    "rnn",
    SIZES.flatMap((size) => [
      { cell: "rnn", size },
      { cell: "rnn", size, lengths: true },
    ]),
  ),
  recurrenceCase("rnn activations", ACTIVATIONS),
  recurrenceCase(
    "rnn by quads",
    [
      ...quadSizes.map((size) => ({ cell: "rnn" as const, size })),
      ...quadSizes.map((size) => ({ cell: "rnn" as const, size, lengths: true, activation: "relu" as const })),
    ],
    quadWays,
  ),
  recurrenceCase(
    "rnn, wide sequences",
    widestSizes.map((size) => ({ cell: "rnn", size, lengths: size[0] !== 2, reverse: size[0] === 3 })),
    wideWays,
  ),
  recurrenceCase(
    "rnn activations by quads",
    (["leaky_relu", "sigmoid", "identity"] as const).map((activation) => ({
      cell: "rnn",
      size: [3, 9, 20],
      activation,
    })),
    ["quads of 8"],
  ),
  recurrenceCase(
    "rnn in reverse",
    (
      [
        [4, 5, 3],
        [3, 9, 36],
        [300, 2, 4],
      ] as const
    ).flatMap((size) => [
      { cell: "rnn" as const, size, reverse: true },
      { cell: "rnn" as const, size, reverse: true, lengths: true },
    ]),
    ["steps", "sequence"],
  ),
  recurrenceCase(
    "rnn with gradients of the outputs or the state alone",
    (["outputs", "h"] as const).flatMap((loss) =>
      [false, true].map((lengths) => ({ cell: "rnn" as const, size: [3, 5, 8] as const, loss, lengths })),
    ),
  ),
  scanCase("rnn is the scan of its definition", { cell: "rnn", size: [5, 9, 12] }, ({ projected, weight, h0 }) => {
    const [h, outputs] = scan(projected, h0, (state, x) => {
      const next = tanh(add(x, linear(state, weight)));
      return [next, next];
    });
    return { outputs, h };
  }),
  dispatchCase(
    "rnn of 128 units takes a dispatch in all each way on GPUs",
    { cell: "rnn", size: [24, 4, 128], lengths: true },
    wideWays,
    "hardware",
  ),
  dispatchCase(
    "rnn takes a dispatch per step each way, or one in all",
    { cell: "rnn", size: [24, 4, 16], lengths: true },
    recurrentWays,
  ),
  opCase("maskSteps and reverseSequence", () =>
    [sequences([5, 3, 4]), sequences([5, 5, 3]), sequences([5, 2]), sequences([5, 4, 2, 3])].map(([x, lengths]) => ({
      label: `[${x.shape}]`,
      inputs: [x, lengths],
      f: pair(
        ([x, lengths]: readonly Value[]) => [
          maskSteps(x as Value, lengths as Value),
          reverseSequence(x as Value, lengths as Value),
          reverseSequence(x as Value),
        ],
        ([x, lengths]: readonly NdArray[]) => [
          oracle.maskSteps(x as NdArray, lengths as NdArray),
          oracle.reverseSequence(x as NdArray, lengths as NdArray),
          oracle.reverseSequence(x as NdArray),
        ],
      ),
      tolerance: tolerance.exact,
      gradients: tolerance.reduction(3),
    })),
  ),
];
