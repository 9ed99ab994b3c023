import type { Case } from "../../../harness/case.ts";
import { add, linear, mul, type Operand, scan, sigmoid, slice, sub, tanh, type Value } from "../../../src/index.ts";
import { quadSizes, quadWays, recurrentWays, wholeRowWays, wideSizes, wideWays } from "../support/profile.ts";
import { dispatchCase, type Operands, type Recurrence, recurrenceCase, scanCase } from "../support/recurrence.ts";

/** One, odd, around vectors of four, a thread's or workgroup's 4 and 8 rows, and tiles of 8, 16 and 32. */
const SIZES: readonly Recurrence["size"][] = [
  [1, 1, 1],
  [2, 3, 5],
  [19, 1, 32],
  [7, 17, 33],
  [2, 17, 64],
  [2, 3, 130],
  [2, 4, 132],
  [17, 1, 17],
  [17, 2, 4],
  [1, 8, 30],
  [2, 33, 64],
  [3, 7, 4],
  [2, 9, 64],
  [300, 2, 4], // more than one dispatch of a sequence kernel
];

/** Those of them that show what a step reads of which time. */
const REVERSED: readonly Recurrence["size"][] = [
  [4, 5, 3],
  [3, 9, 36],
  [300, 2, 4],
];

const both = (options: Omit<Recurrence, "cell" | "size">): Recurrence[] =>
  SIZES.flatMap((size) => [
    { cell: "gru", size, ...options },
    { cell: "gru", size, ...options, lengths: true },
  ]);

/** The definition, in primitive operations. */
function byScan({ projected, weight, h0, bias }: Operands<Value>, resetAfter: boolean) {
  const hidden = h0.shape[1] as number;
  const third = (x: Value, k: number) => slice(x, x.rank - 1, k * hidden, (k + 1) * hidden);
  const rows = (k: number) => slice(weight, 0, k * hidden, (k + 1) * hidden);
  const part = (k: number) => bias && slice(bias, 0, k * hidden, (k + 1) * hidden);
  const [h, outputs] = scan(projected, h0, (state, x) => {
    const r = sigmoid(add(third(x, 0), linear(state, rows(0), part(0))));
    const z = sigmoid(add(third(x, 1), linear(state, rows(1), part(1))));
    const candidate = resetAfter ? mul(r, linear(state, rows(2), part(2))) : linear(mul(r, state), rows(2));
    const n = tanh(add(third(x, 2), candidate));
    const next = add(mul(sub(1 as Operand, z), n), mul(z, state));
    return [next, next];
  });
  return { outputs, h };
}

export const gruCases: readonly Case[] = [
  recurrenceCase("gru, reset after", [...both({ bias: true }), { cell: "gru", size: [2, 5, 8] }]),
  recurrenceCase(
    "gru by quads",
    [
      ...quadSizes.map((size) => ({ cell: "gru" as const, size, bias: true })),
      ...quadSizes.map((size) => ({ cell: "gru" as const, size, lengths: true })),
      ...(["outputs", "h"] as const).map((loss) => ({ cell: "gru" as const, size: [3, 9, 20] as const, loss })),
    ],
    quadWays,
  ),
  recurrenceCase(
    "gru, wide sequences",
    wideSizes.map((size) => ({ cell: "gru", size, lengths: size[0] !== 2, reverse: size[0] === 3 })),
    wideWays,
  ),
  // in `broad` there is none
  recurrenceCase(
    "gru, reset before, wide sequences where a workgroup may have 576 threads",
    wideSizes.map((size) => ({ cell: "gru", size, resetAfter: false, lengths: size[0] !== 2, reverse: size[0] === 3 })),
    wideWays,
  ),
  recurrenceCase(
    "gru in reverse",
    [true, false].flatMap((resetAfter) =>
      REVERSED.flatMap((size) => [
        { cell: "gru" as const, size, resetAfter, reverse: true, bias: resetAfter },
        { cell: "gru" as const, size, resetAfter, reverse: true, lengths: true },
      ]),
    ),
    ["steps", "sequence", "quads of 8", "sequence of 8"],
  ),
  recurrenceCase("gru, reset before", both({ resetAfter: false }), ["steps", "naive"]),
  recurrenceCase(
    "gru, reset before, by whole rows",
    [
      ...quadSizes.map((size) => ({ cell: "gru" as const, size, resetAfter: false })),
      ...quadSizes.map((size) => ({ cell: "gru" as const, size, resetAfter: false, lengths: true })),
      ...(["outputs", "h"] as const).map((loss) => ({
        cell: "gru" as const,
        size: [3, 9, 20] as const,
        loss,
        resetAfter: false,
      })),
      { cell: "gru", size: [300, 5, 4], resetAfter: false },
    ],
    wholeRowWays,
  ),
  recurrenceCase(
    "gru with gradients of the outputs or the state alone",
    (["outputs", "h"] as const).flatMap((loss) =>
      [false, true].flatMap((lengths) =>
        [false, true].map((resetAfter) => ({
          cell: "gru" as const,
          size: [3, 5, 8] as const,
          resetAfter,
          loss,
          lengths,
        })),
      ),
    ),
  ),
  scanCase("gru, reset after, is the scan of its definition", { cell: "gru", size: [5, 9, 12], bias: true }, (x) =>
    byScan(x, true),
  ),
  scanCase(
    "gru, reset before, is the scan of its definition",
    { cell: "gru", size: [5, 9, 12], resetAfter: false },
    (x) => byScan(x, false),
  ),
  dispatchCase(
    "gru takes a dispatch per step each way, or one in all, reset after",
    { cell: "gru", size: [24, 4, 16], bias: true, lengths: true },
    recurrentWays,
  ),
  dispatchCase(
    "gru of 96 units takes a dispatch in all each way on GPUs",
    { cell: "gru", size: [24, 4, 96], bias: true, lengths: true },
    wideWays,
    "hardware",
  ),
  dispatchCase(
    "gru takes a dispatch per step each way, reset before",
    { cell: "gru", size: [24, 4, 16], resetAfter: false, lengths: true },
    ["steps"],
  ),
];
