/** Recurrences by every technique: a number in one step's input, in the weights, in the state, behind a sequence's end. */
import { add, linear, scan, tanh, type Value } from "../../../src/index.ts";
import { lstm } from "../../../src/ops/recurrent/lstm.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { lstmWithGradients } from "../../reference/recurrent/lstm-gradients.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { byEngine, byOracle, labelOf, type Operands, operandsOf, type Recurrence } from "../support/recurrence.ts";
import { type SpecialRow, withNumber } from "./row.ts";

type Named = Record<string, NdArray>;

/**
 * NaN in the inputs of the first row, infinite ones in the middle and the last: rows of a batch do not see each other. Then one
 * NaN in all else. With lengths, NaN in the first row alone, then in everything behind the ends.
 */
function fillingsOf(operands: Named, lengths?: NdArray): (readonly NdArray[])[] {
  const list = (changed: Named) => Object.values({ ...operands, ...changed });
  const { projected } = operands as { projected: NdArray };
  const [, batch, width] = projected.shape as [number, number, number];
  const poisoned = withNumber(projected, 0, Number.NaN);
  if (lengths) {
    const data = projected.data.map((x, i) =>
      Math.floor(i / width / batch) < (lengths.data[Math.floor(i / width) % batch] as number) ? x : Number.NaN,
    );
    return [list({}), list({ projected: poisoned }), list({ projected: { ...projected, data } })];
  }
  const middle = (batch >> 1) * width + (width >> 1);
  const infinite = withNumber(poisoned, projected.data.length - 1, Number.NEGATIVE_INFINITY);
  const others = Object.entries(operands)
    .filter(([name]) => name !== "projected")
    .map(([name, x]) => list({ [name]: withNumber(x, x.data.length - 1, Number.NaN) }));
  const inputs = batch > 1 ? withNumber(infinite, middle, Number.POSITIVE_INFINITY) : poisoned;
  return [list({}), list({ projected: inputs }), ...others];
}

/** The recurrence of a plain RNN by a loop, whose kernels are made of its step. */
function loopRow(size: Recurrence["size"]): SpecialRow {
  const row = recurrenceRow({ cell: "rnn", size });
  return {
    ...row,
    label: `${row.label} by scan`,
    f(values) {
      const [projected, weight, h0] = values as [Value, Value, Value];
      const [h, outputs] = scan(projected, h0, (state, x) => {
        const next = tanh(add(x, linear(state, weight)));
        return [next, next];
      });
      return [outputs, h];
    },
  };
}

function recurrenceRow(r: Recurrence): SpecialRow {
  const operands = operandsOf(r) as Named;
  const names = Object.keys(operands);
  const named = <T>(values: readonly T[]) => Object.fromEntries(names.map((name, i) => [name, values[i]]));
  const [length, batch, hidden] = r.size;
  return {
    label: labelOf(r),
    f(values) {
      const { outputs, h } = byEngine(r, named<Value>(values) as unknown as Operands<Value>);
      return [outputs, h];
    },
    oracle(values) {
      const result = byOracle(r, named(values) as unknown as Operands<NdArray>);
      return {
        outputs: [result.outputs, result.h],
        gradients([dOutputs, dH]) {
          const found = { ...result.backward(dOutputs as NdArray, dH as NdArray) } as Partial<Named>;
          return names.map((name) => found[name] ?? null);
        },
      };
    },
    tolerance: plus(tolerance.recurrent(length, hidden), tolerance.matmul(length * batch)),
    fillings: fillingsOf(operands, operands.lengths),
  };
}

function lstmRow([length, batch, hidden]: Recurrence["size"], reverse = false): SpecialRow {
  const bound = 1 / Math.sqrt(hidden);
  const operands = {
    projected: uniform([length, batch, 4 * hidden], 1),
    weight: uniform([4 * hidden, hidden], 2, -bound, bound),
    h0: uniform([batch, hidden], 3),
    c0: uniform([batch, hidden], 4),
  };
  const turned = (x: NdArray): NdArray => {
    const row = x.data.length / length;
    const steps = Array.from({ length }, (_, t) => x.data.slice(t * row, (t + 1) * row));
    return reverse ? { ...x, data: Float64Array.from(steps.reverse().flatMap((step) => [...step])) } : x;
  };
  return {
    label: `lstm T${length} B${batch} H${hidden}${reverse ? " reverse" : ""}`,
    f: ([projected, weight, h0, c0]) =>
      lstm(projected as Value, weight as Value, h0 as Value, c0 as Value, {
        reverse,
      }).outputs,
    oracle([projected, weight, h0, c0]) {
      const given = [turned(projected as NdArray), weight as NdArray, h0 as NdArray, c0 as NdArray] as const;
      const none = { ...uniform([length, batch, hidden], 5), data: new Float64Array(length * batch * hidden) };
      return {
        outputs: [turned(lstmWithGradients(...given, none).outputs)],
        gradients([dOutputs]) {
          const found = lstmWithGradients(...given, turned(dOutputs as NdArray));
          return [turned(found.projected), found.weight, null, null];
        },
      };
    },
    tolerance: plus(tolerance.recurrent(length, hidden), tolerance.matmul(length * batch)),
    fillings: fillingsOf(operands),
  };
}

const cells = (size: Recurrence["size"]): SpecialRow[] => [
  lstmRow(size),
  recurrenceRow({ cell: "gru", size }),
  recurrenceRow({ cell: "gru", size, resetAfter: false }),
  recurrenceRow({ cell: "rnn", size }),
];

/** No whole vectors, then past a block of rows and a tile of units. */
export const recurrentRows = (): SpecialRow[] => [
  ...cells([2, 3, 5]),
  ...cells([2, 9, 12]),
  loopRow([3, 3, 5]),
  loopRow([2, 33, 12]),
  lstmRow([2, 3, 8], true),
  ...(["relu", "leaky_relu", "sigmoid", "identity"] as const).map((activation) =>
    recurrenceRow({ cell: "rnn", size: [2, 3, 8], activation }),
  ),
  recurrenceRow({ cell: "gru", size: [3, 3, 8], bias: true, lengths: true }),
  recurrenceRow({ cell: "gru", size: [3, 3, 8], resetAfter: false, lengths: true }),
  recurrenceRow({ cell: "rnn", size: [3, 3, 8], lengths: true }),
];

/** One row alone, and past the rows and units that four threads share. */
export const quadRows = (): SpecialRow[] => [...cells([2, 1, 8]), ...cells([2, 17, 20])];
