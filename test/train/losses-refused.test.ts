// What losses refuse, which shapes they take, and the shapes that they give. Without a GPU.
import { expect, test } from "vitest";
import { ArgumentError, DtypeError, losses, ShapeError, type Value } from "../../src/index.ts";
import { input } from "../plan/support.ts";

const f = (...shape: number[]) => input(shape);
const i = (...shape: number[]) => input(shape, "int32");
type Alike = (predictions: Value, targets: Value, options?: losses.LossOptions) => Value;

/** Losses of each element, and of each row. */
const ofElements = [
  "meanSquaredError",
  "meanAbsoluteError",
  "huber",
  "quantile",
  "binaryCrossEntropy",
  "hinge",
] as const;
const ofRows = ["klDivergence", "cosineDistance"] as const;

test.each([...ofElements, ...ofRows])("%s wants float32 of equal shapes, and weights of its leading axes", (name) => {
  const loss = losses[name] as Alike;
  const shape = (ofRows as readonly string[]).includes(name) ? [2] : [2, 3];
  expect(loss(f(2, 3), f(2, 3)).shape).toEqual([]);
  for (const reduction of ["mean", "sum", "none"] as const) {
    for (const weights of [undefined, f(2), f(1), f()]) {
      expect(loss(f(2, 3), f(2, 3), { weights, reduction }).shape).toEqual(reduction === "none" ? shape : []);
    }
  }
  for (const other of [f(3, 2), f(3), f(1, 3)]) {
    expect(() => loss(f(2, 3), other)).toThrow(ShapeError);
    expect(() => loss(f(2, 3), other)).toThrow(`${name}: predictions [2, 3] and targets`);
  }
  expect(() => loss(i(2, 3), f(2, 3))).toThrow(`${name}: predictions are int32, expected float32`);
  expect(() => loss(f(2, 3), i(2, 3))).toThrow(`${name}: targets are int32, expected float32`);
  for (const weights of [f(3), f(2, 3, 1)]) {
    expect(() => loss(f(2, 3), f(2, 3), { weights })).toThrow(ShapeError);
  }
  expect(() => loss(f(2, 3), f(2, 3), { weights: i(2) })).toThrow(DtypeError);
  expect(() => loss(f(2, 3), f(2, 3), { reduction: "max" as never })).toThrow(`${name}: reduction is "max"`);
  expect(() => loss(f(2, 3), f(2, 3), { weight: f(2) } as never)).toThrow("use weights");
});

test.each(ofRows)("%s wants rows", (name) => {
  expect(losses[name](f(3), f(3)).shape).toEqual([]);
  expect(() => losses[name](f(), f())).toThrow(`${name}: predictions are a scalar, expected [..., classes]`);
});

const [logits, classes, shares] = [f(2, 3, 5), i(2, 3), f(2, 3, 5)];

test.each<readonly [string, () => unknown, new (message: string) => Error, string]>([
  ["delta", () => losses.huber(f(2), f(2), { delta: 0 }), ArgumentError, "huber: delta is 0"],
  ["quantile 0", () => losses.quantile(f(2), f(2), { quantile: 0 }), ArgumentError, "quantile is 0, expected a number"],
  ["quantile 1", () => losses.quantile(f(2), f(2), { quantile: 1 }), ArgumentError, "quantile is 1, expected a number"],
  ["margin", () => losses.hinge(f(2), f(2), { margin: -1 }), ArgumentError, "hinge: margin is -1"],
  ["logTargets", () => losses.klDivergence(f(2), f(2), { logTargets: 1 as never }), ArgumentError, "logTargets is 1"],
  [
    "smoothing of two classes",
    () => losses.binaryCrossEntropy(f(2), f(2), { labelSmoothing: 1.5 }),
    ArgumentError,
    "binaryCrossEntropy: labelSmoothing is 1.5",
  ],
  [
    "positiveWeight",
    () => losses.binaryCrossEntropy(f(2), f(2), { positiveWeight: 0 }),
    ArgumentError,
    "positiveWeight is 0",
  ],
  [
    "integers that weigh ones",
    () => losses.binaryCrossEntropy(f(2), f(2), { positiveWeight: i(2) }),
    DtypeError,
    "binaryCrossEntropy: positiveWeight is int32, expected float32",
  ],
  ["smoothing", () => losses.crossEntropy(logits, classes, { labelSmoothing: -0.1 }), ArgumentError, "labelSmoothing"],
  [
    "a fraction to ignore",
    () => losses.crossEntropy(logits, classes, { ignoreIndex: 0.5 }),
    ArgumentError,
    "crossEntropy: ignoreIndex is 0.5, expected an integer of 32 bits",
  ],
  [
    "an index of more than 32 bits",
    () => losses.negativeLogLikelihood(logits, classes, { ignoreIndex: 2 ** 31 }),
    ArgumentError,
    "negativeLogLikelihood: ignoreIndex is 2147483648",
  ],
  [
    "one below 32 bits",
    () => losses.negativeLogLikelihood(logits, classes, { ignoreIndex: -(2 ** 31) - 1 }),
    ArgumentError,
    "negativeLogLikelihood: ignoreIndex is -2147483649",
  ],
  [
    "an index among probabilities",
    () => losses.crossEntropy(logits, shares, { ignoreIndex: 0 }),
    ArgumentError,
    "crossEntropy: ignoreIndex is 0, expected none with targets that are probabilities; use weights of 0",
  ],
  [
    "integers in place of logits, and probabilities",
    () => losses.crossEntropy(i(2, 3, 5), shares),
    DtypeError,
    "crossEntropy: logits are int32",
  ],
  ["probabilities without an axis", () => losses.crossEntropy(f(), f()), ShapeError, "that of the logits []; classes"],
  [
    "probabilities of other rows",
    () => losses.crossEntropy(logits, f(3, 2, 5)),
    ShapeError,
    "crossEntropy: targets have shape [3, 2, 5], expected that of the logits [2, 3, 5]; classes are int32",
  ],
  ["classes in floats", () => losses.crossEntropy(logits, f(2, 3)), DtypeError, "targets are float32, expected int32"],
  [
    "weights of another number of classes",
    () => losses.crossEntropy(logits, classes, { classWeights: f(4) }),
    ShapeError,
    "crossEntropy: classWeights have shape [4], expected [classes] = [5]",
  ],
  [
    "weights of classes in rows, of probabilities",
    () => losses.crossEntropy(logits, shares, { classWeights: f(1, 5) }),
    ShapeError,
    "crossEntropy: classWeights have shape [1, 5]",
  ],
  [
    "integers that weigh classes",
    () => losses.negativeLogLikelihood(logits, classes, { classWeights: i(5) }),
    DtypeError,
    "negativeLogLikelihood: classWeights are int32, expected float32",
  ],
])("%s", (_, make, type, text) => {
  expect(make).toThrow(type);
  expect(make).toThrow(text);
});

test("weights of ones broadcast to the logits", () => {
  const loss = (...shape: number[]) => losses.binaryCrossEntropy(f(2, 3), f(2, 3), { positiveWeight: f(...shape) });
  for (const shape of [[], [3], [1], [1, 3], [2, 1], [2, 3]]) expect(loss(...shape).shape).toEqual([]);
  for (const shape of [[2], [3, 3], [3, 1], [1, 2, 3]]) {
    expect(() => loss(...shape)).toThrow(
      `binaryCrossEntropy: positiveWeight has shape [${shape.join(", ")}], expected one that broadcasts to that of the logits [2, 3]`,
    );
  }
});

test("the numbers at the ends are among those that fit", () => {
  for (const ignoreIndex of [-(2 ** 31), 2 ** 31 - 1, 0]) {
    expect(losses.crossEntropy(logits, classes, { ignoreIndex, reduction: "none" }).shape).toEqual([2, 3]);
  }
  for (const labelSmoothing of [0, 1]) {
    expect(losses.crossEntropy(logits, shares, { labelSmoothing, reduction: "none" }).shape).toEqual([2, 3]);
    expect(losses.binaryCrossEntropy(f(2), f(2), { labelSmoothing }).shape).toEqual([]);
  }
});
