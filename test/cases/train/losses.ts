// Losses of numbers, classes and distributions: each reduction, with and without weights.
import { integers, sizeOf, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { ClassChoice, LossChoice, Ops } from "../support/ops.ts";

type Loss = <T>(o: Ops<T>, x: T, y: T, choice: LossChoice<T>) => T;

interface Row {
  readonly label: string;
  readonly loss: Loss;
  /** Whether the last axis is summed over. */
  readonly rows?: boolean;
  readonly targets?: readonly [low: number, high: number];
  readonly predictions?: (x: number) => number;
}

const rows: readonly Row[] = [
  { label: "squares", loss: (o, x, y, choice) => o.meanSquaredError(x, y, choice) },
  { label: "magnitudes", loss: (o, x, y, choice) => o.meanAbsoluteError(x, y, choice) },
  { label: "huber", loss: (o, x, y, choice) => o.huber(x, y, { ...choice, delta: 0.75 }) },
  { label: "quantile", loss: (o, x, y, choice) => o.quantile(x, y, { ...choice, quantile: 0.9 }) },
  { label: "binary", loss: (o, x, y, choice) => o.binaryCrossEntropy(x, y, choice), targets: [0, 1] },
  {
    label: "binary, smooth and weighed",
    loss: (o, x, y, choice) => o.binaryCrossEntropy(x, y, { ...choice, positiveWeight: 3, labelSmoothing: 0.2 }),
    targets: [0, 1],
  },
  { label: "hinge", loss: (o, x, y, choice) => o.hinge(x, y, { ...choice, margin: 0.5 }) },
  { label: "divergence", loss: (o, x, y, choice) => o.klDivergence(x, y, choice), rows: true, targets: [0.1, 1] },
  {
    label: "divergence of logarithms",
    loss: (o, x, y, choice) => o.klDivergence(x, y, { ...choice, logTargets: true }),
    rows: true,
  },
  { label: "cosine", loss: (o, x, y, choice) => o.cosineDistance(x, y, choice), rows: true },
];

/** Rows that do not count hold NaN: padding, the class to ignore, and those without weight, or of a class without. */
function classChecks(): Check[] {
  const [rows, classes] = [67, 5];
  const labels = integers(
    [rows],
    Array.from({ length: rows }, (_, i) => [0, 4, 7, 1, -1, 3, 2][i % 7] as number),
  );
  const weights = integers(
    [rows],
    Array.from({ length: rows }, (_, i) => [2, 1, 1, 0, 3][i % 5] as number),
  );
  const classWeights = integers([classes], [1, 2, 3, 0, 2]);
  const choices: readonly (Omit<ClassChoice<never>, "weights" | "classWeights"> & { weighed?: "rows" | "both" })[] = [
    { reduction: "none", weighed: "rows" },
    { weighed: "both" },
    { labelSmoothing: 0.25, weighed: "both" },
  ];
  return choices.flatMap(({ weighed, ...choice }, k) => {
    const counts = (i: number) =>
      (labels.data[i] as number) >= 0 &&
      labels.data[i] !== 7 &&
      (!weighed || weights.data[i] !== 0) &&
      (weighed !== "both" || choice.labelSmoothing !== undefined || labels.data[i] !== 3);
    // the logarithm of 1 is 0, that of −1 is no number
    const kept = integers(
      [rows, 1],
      Array.from({ length: rows }, (_, i) => (counts(i) ? 1 : -1)),
    );
    const options = <T>(o: Ops<T>, w: T, byClass: T): ClassChoice<T> => ({
      ...choice,
      ...(weighed && { weights: o.floats(w) }),
      ...(weighed === "both" && { classWeights: o.floats(byClass) }),
    });
    const inputs = [uniform([rows, classes], 31 + k, -2, 2), labels, weights, classWeights, kept];
    const label = JSON.stringify({ weighed, ...choice });
    const common = { inputs, probes: 3, tolerance: tolerance.softmax(64) };
    const entropy: Check = {
      ...common,
      label: `cross-entropy ${label}`,
      f: (o, [x, y, w, byClass, k]) =>
        o.crossEntropy(o.add(x, o.log(o.floats(k))), y, { ...options(o, w, byClass), ignoreIndex: 7 }),
    };
    if (choice.labelSmoothing !== undefined || weighed === "rows") return [entropy];
    const likelihood: Check = {
      ...common,
      label: `likelihood ${label}`,
      f: (o, [x, y, w, byClass, k]) =>
        o.negativeLogLikelihood(o.add(x, o.log(o.floats(k))), y, { ...options(o, w, byClass), ignoreIndex: 7 }),
    };
    return [entropy, likelihood];
  });
}

/** Probabilities as targets. */
const softChecks = (): Check[] =>
  ([{ labelSmoothing: 0.1, reduction: "sum" }] as const).map((choice, k) => ({
    label: `soft targets ${JSON.stringify(choice)}`,
    inputs: [uniform([3, 11, 33], 41 + k, -2, 2), uniform([3, 11, 33], 51 + k, 0.1, 1), integers([3], [2, 0, 1])],
    f: (o, [x, y, w]) => o.crossEntropy(x, y, { ...choice, weights: o.floats(w) }),
    probes: 6,
    tolerance: tolerance.softmax(64),
  }));

const SHAPES = [[1], [2, 3, 33], [65, 5]] as const;

const checks = ({ label, loss, rows = false, targets: [low, high] = [-1, 1] }: Row): Check[] =>
  SHAPES.flatMap((shape, i) => {
    const inputs = [uniform(shape, 3 + i, -2, 2), uniform(shape, 14 + i, low, high)];
    const counted = shape.slice(0, rows ? -1 : undefined);
    // of the losses themselves, or of their leading axes; integers, which are not differentiated for; some are 0
    const leading = i % 2 === 0 ? counted : counted.slice(0, 1);
    const weights = integers(
      leading,
      Array.from({ length: sizeOf(leading) }, (_, k) => [2, 0, 1, 3][(k + i) % 4] as number),
    );
    const check = (choice: { reduction?: "mean" | "sum" | "none" }, weighed: boolean): Check => ({
      label: `${label} of [${shape}], ${choice.reduction}${weighed ? `, weights [${leading}]` : ""}`,
      inputs: weighed ? [...inputs, weights] : inputs,
      f: (o, [x, y, w]) => loss(o, x, y, weighed ? { ...choice, weights: o.floats(w) } : choice),
      probes: 6,
      tolerance: tolerance.softmax(64),
    });
    const reduction = (["sum", "none", "mean"] as const)[i] as "sum";
    return [check({}, false), check({ reduction }, i === 0), check({ reduction }, true)];
  });

export const lossCases = [
  opCase("losses of numbers and classes", () => rows.flatMap(checks)),
  opCase("losses of classes by index and by probabilities", () => [...classChecks(), ...softChecks()]),
  opCase("losses that leave out what is no number", () =>
    rows.map((row): Check => {
      const x = uniform([4, 3], 5, -1, 1);
      const y = uniform([4, 3], 6, ...(row.targets ?? [-1, 1]));
      // the logarithm of 1 is 0, that of −1 is no number
      const kept = integers(
        [4, 3],
        Array.from({ length: 12 }, (_, i) => (i >= 3 && i < 6 ? -1 : 1)),
      );
      return {
        label: row.label,
        inputs: [x, y, kept, integers([4], [1, 0, 2, 3])],
        f(o, [p, q, k, w]) {
          const broken = o.log(o.floats(k));
          return row.loss(o, o.add(p, broken), o.add(q, broken), { weights: o.floats(w) });
        },
        tolerance: tolerance.softmax(64),
      };
    }),
  ),
];
