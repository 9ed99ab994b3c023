import { generator, integers, type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";

/** Symbols of [batch, count] that are no blanks, some twice in a row. */
function symbolsOf(batch: number, count: number, classes: number, blank: number, seed: number): NdArray {
  const random = generator(seed);
  const data: number[] = [];
  for (let i = 0; i < batch * count; i++) {
    const other = Math.floor(random() * (classes - 1));
    const symbol = other + Number(other >= blank);
    data.push(i > 0 && random() < 0.3 ? (data[i - 1] as number) : symbol);
  }
  return integers([batch, count], data);
}

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly classes: number;
  readonly symbols: number;
  readonly blank?: number;
  readonly zeroInfinity?: boolean;
  /** Of the logits; 2. */
  readonly largest?: number;
  readonly lengths?: readonly number[];
  readonly targetLengths?: readonly number[];
}

/** Of a loss of logits [batch, steps, ...classes] that spell symbols. */
function check(loss: "ctcLosses" | "rnntLosses", sizes: Sizes): Check {
  const { batch, steps, classes, symbols, lengths, targetLengths, largest = 2, ...options } = sizes;
  const shape = [batch, steps, ...(loss === "rnntLosses" ? [symbols + 1] : []), classes];
  const given = [lengths, targetLengths].flatMap((list) => (list ? [integers([list.length], list)] : []));
  const targets = symbolsOf(batch, symbols, classes, options.blank ?? 0, symbols + steps);
  return {
    label: `${loss} of ${batch} rows of ${steps} steps, ${symbols} of ${classes} symbols`,
    inputs: [uniform(shape, 3 + steps, -largest, largest), targets, ...given],
    f(o, [logits, targets, ...rest]) {
      const counts = [...rest];
      const own = lengths && { lengths: counts.shift() };
      return o[loss](logits, targets, {
        ...options,
        ...own,
        ...(targetLengths && { targetLengths: counts.shift() }),
      });
    },
    tolerance: tolerance.logarithms(loss === "ctcLosses" ? steps : steps + symbols),
    probes: steps > 50 ? 2 : 8,
  };
}

const ctcSizes: readonly Sizes[] = [
  { batch: 1, steps: 1, classes: 2, symbols: 1 },
  { batch: 2, steps: 5, classes: 3, symbols: 2, blank: 2 },
  { batch: 3, steps: 9, classes: 5, symbols: 3, lengths: [9, 7, 5], targetLengths: [3, 0, 2] },
  // a row, a state, a symbol and a class more than a workgroup has threads
  { batch: 65, steps: 3, classes: 3, symbols: 1 },
  { batch: 2, steps: 99, classes: 9, symbols: 65, blank: 3, targetLengths: [65, 32] },
  { batch: 2, steps: 4, classes: 131, symbols: 1, lengths: [4, 1] },
  // no step spells nothing
  { batch: 2, steps: 3, classes: 3, symbols: 2, lengths: [0, 3], targetLengths: [0, 2] },
  // rows without a path, and rows without a step
  {
    batch: 4,
    steps: 4,
    classes: 3,
    symbols: 3,
    zeroInfinity: true,
    lengths: [4, 2, 0, 0],
    targetLengths: [1, 3, 0, 1],
  },
];

const rnntSizes: readonly Sizes[] = [
  { batch: 1, steps: 1, classes: 2, symbols: 1 },
  { batch: 2, steps: 5, classes: 4, symbols: 3, blank: 3 },
  // more symbols than steps, and fewer
  { batch: 4, steps: 4, classes: 3, symbols: 6, lengths: [4, 1, 3, 2], targetLengths: [6, 5, 0, 1] },
  { batch: 3, steps: 9, classes: 5, symbols: 2, blank: 1, lengths: [9, 7, 1], targetLengths: [2, 1, 2] },
  // a row, a symbol and a class more than a workgroup has threads
  { batch: 65, steps: 2, classes: 3, symbols: 1 },
  { batch: 2, steps: 5, classes: 4, symbols: 65, blank: 2, targetLengths: [65, 63] },
  { batch: 1, steps: 3, classes: 131, symbols: 2 },
  // exponentials that overflow under a maximum that is not over all classes
  { batch: 2, steps: 3, classes: 4, symbols: 2, largest: 100 },
  // rows without a step, of which one has nothing to emit
  { batch: 3, steps: 2, classes: 3, symbols: 2, zeroInfinity: true, lengths: [2, 0, 0], targetLengths: [1, 0, 2] },
];

export const alignmentCases = [
  opCase("ctc", () => ctcSizes.map((sizes) => check("ctcLosses", sizes))),
  opCase("rnnt", () => rnntSizes.map((sizes) => check("rnntLosses", sizes))),
];
