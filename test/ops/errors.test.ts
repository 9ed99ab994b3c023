// What a user reads who passes the wrong shape or type: the operation, what was expected, what it got.
import { expect, test } from "vitest";
import { ArgumentError, DtypeError, ShapeError, UnsupportedError } from "../../src/errors.ts";
import { InputValue } from "../../src/graph/leaves.ts";
import type { Value } from "../../src/graph/value.ts";
import * as sg from "../../src/index.ts";
import { input } from "../plan/support.ts";

const f = (...shape: number[]): Value => input(shape);
const i = (...shape: number[]): Value => input(shape, "int32");
const { losses, nn } = sg;
const ops = { ...sg };

const unary = ["abs", "sign", "exp", "log", "sqrt", "rsqrt", "reciprocal", "square", "sin", "cos", "tanh"] as const;
const activations = ["sigmoid", "relu", "softplus", "gelu", "silu", "neg", "elu", "leakyRelu", "hardSigmoid"] as const;
const binary = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "equal", "less", "lessEqual"] as const;

test.each([...unary, ...activations])("%s wants float32", (name) => {
  expect(() => ops[name](i(3))).toThrow(DtypeError);
  expect(() => ops[name](i(3))).toThrow(/^\w+: operand is int32, expected float32/);
});

test.each(binary)("%s wants float32 and shapes that broadcast", (name) => {
  expect(() => ops[name](f(3), i(3))).toThrow(DtypeError);
  expect(() => ops[name](f(2, 3), f(4))).toThrow(ShapeError);
  expect(() => ops[name](f(2, 3), f(4))).toThrow(
    /^\w+: shapes \[2, 3\] and \[4\] do not broadcast, expected equal extents or 1 at axis -1, got 3 and 4/,
  );
});

type Case = readonly [what: string, action: () => unknown, type: typeof ShapeError, parts: readonly string[]];

const cases: readonly Case[] = [
  ["select shapes", () => sg.select(f(2), f(3), f(3)), ShapeError, ["select", "[2]", "[3]", "expected"]],
  ["select dtype", () => sg.select(i(3), f(3), f(3)), DtypeError, ["select", "int32", "expected float32"]],
  ["reshape", () => sg.reshape(f(2, 3), [4]), ShapeError, ["reshape", "[2, 3] has 6", "expected", "[4]"]],
  ["reshape -1", () => sg.reshape(f(2, 3), [-1, 4]), ShapeError, ["reshape", "6", "[-1, 4]"]],
  ["reshape -1 twice", () => sg.reshape(f(2, 3), [-1, -1]), ShapeError, ["reshape"]],
  [
    "permute order",
    () => sg.permute(f(2, 3), [0, 0]),
    ShapeError,
    ["permute", "[0, 0]", "expected each of 0 to 1 once"],
  ],
  ["permute rank", () => sg.permute(f(2, 3), [0]), ShapeError, ["permute", "[0]", "[2, 3]"]],
  ["transpose", () => sg.transpose(f(2, 3), 0, 2), ShapeError, ["transpose", "axis 2", "expected -2 to 1"]],
  ["transpose of a vector", () => sg.transpose(f(2)), ShapeError, ["transpose", "axis -2"]],
  ["slice range", () => sg.slice(f(2, 3), 1, 2, 2), ShapeError, ["slice", "2 to 2", "expected 0 ≤ start < end ≤ 3"]],
  ["slice start", () => sg.slice(f(3), 0, -4), ShapeError, ["slice", "-4"]],
  ["slice axis", () => sg.slice(f(3), 1, 0), ShapeError, ["slice", "axis 1", "rank 1"]],
  ["concat shapes", () => sg.concat([f(2, 3), f(2, 4)]), ShapeError, ["concat", "[2, 4]", "[2, 3]", "expected"]],
  ["concat dtypes", () => sg.concat([f(2), i(2)]), ShapeError, ["concat", "int32[2]", "float32[2]"]],
  ["concat nothing", () => sg.concat([]), ShapeError, ["concat", "no values", "expected at least one"]],
  ["stack shapes", () => sg.stack([f(2), f(3)]), ShapeError, ["stack", "[3]", "[2]", "expected equal shapes"]],
  ["stack axis", () => sg.stack([f(2)], 2), ShapeError, ["stack", "axis 2", "expected -2 to 1"]],
  ["stack nothing", () => sg.stack([]), ShapeError, ["stack", "no values"]],
  ["flip", () => sg.flip(f(2), 1), ShapeError, ["flip", "axis 1"]],
  ["broadcastTo", () => sg.broadcastTo(f(2), [3]), ShapeError, ["broadcastTo", "[2]", "[3]", "expected"]],
  ["broadcastTo smaller", () => sg.broadcastTo(f(2, 3), [3]), ShapeError, ["broadcastTo", "[2, 3]", "reshape"]],
  ["sum axis", () => sg.sum(f(2, 3), 2), ShapeError, ["sum", "axis 2", "expected -2 to 1 for rank 2"]],
  ["sum dtype", () => sg.sum(i(2)), DtypeError, ["sum", "int32", "expected float32"]],
  ["mean dtype", () => sg.mean(i(2)), DtypeError, ["mean", "int32", "expected float32"]],
  ["softmax axis", () => sg.softmax(f(2), 1), ShapeError, ["softmax", "axis 1"]],
  ["maskedSoftmax mask", () => sg.maskedSoftmax(f(2, 3), f(2)), ShapeError, ["maskedSoftmax", "[2, 3]", "[2]"]],
  [
    "maskedSoftmax larger mask",
    () => sg.maskedSoftmax(f(1, 3), f(2, 3)),
    ShapeError,
    ["mask has shape [2, 3]", "[1, 3]"],
  ],
  ["glu of an odd axis", () => sg.glu(f(2, 3)), ShapeError, ["glu", "[2, 3]", "even last axis"]],
  ["glu gate", () => sg.glu(f(2, 4), "tanh" as sg.Gate), ArgumentError, ['gate is "tanh"', "silu"]],
  ["softmax of a scalar", () => sg.softmax(f()), ShapeError, ["softmax", "rank 0"]],
  ["logSoftmax dtype", () => sg.logSoftmax(i(2)), DtypeError, ["logSoftmax", "int32"]],
  [
    "matmul inner",
    () => sg.matmul(f(2, 3), f(2, 3)),
    ShapeError,
    ["matmul", "[2, 3] has 3", "[2, 3] has 2", "transposeB"],
  ],
  ["matmul scalar", () => sg.matmul(f(), f(3, 2)), ShapeError, ["matmul", "[]", "[3, 2]", "mul"]],
  ["matmul vector bias", () => sg.matmul(f(2, 3), f(3), { bias: f(1) }), ShapeError, ["matmul", "bias", "use add"]],
  ["matmul batch", () => sg.matmul(f(2, 3, 4), f(5, 4, 3)), ShapeError, ["matmul", "[2]", "[5]", "do not broadcast"]],
  ["matmul bias", () => sg.matmul(f(2, 3), f(3, 4), { bias: f(3) }), ShapeError, ["bias", "[3]", "expected [4]"]],
  ["matmul dtype", () => sg.matmul(f(2, 3), i(3, 4)), DtypeError, ["matmul", "int32", "expected float32"]],
  ["linear", () => sg.linear(f(2, 3), f(4, 5)), ShapeError, ["linear", "[2, 3]", "[4, 5]", "[out, in]"]],
  ["two open extents", () => sg.reshape(f(1), [-1, -1]), ShapeError, ["reshape", "[-1, -1]", "one -1"]],
  ["negative extents", () => sg.reshape(f(4), [-2, -2]), ShapeError, ["reshape", "[-2, -2]", "positive"]],
  ["split into 1e9", () => sg.split(f(4), 1e9), ShapeError, ["split", "1000000000", "divides 4"]],
  ["split into 0", () => sg.split(f(4), 0), ShapeError, ["split", "0 parts", "divides 4"]],
  ["split with 0", () => sg.split(f(4), [4, 0]), ShapeError, ["split", "[4, 0]", "positive"]],
  ["empty slice", () => sg.slice(f(4), 0, 2, 2), ShapeError, ["slice", "empty"]],
  ...(
    [
      ["zeros", (shape) => sg.zeros(shape)],
      ["full", (shape) => sg.full(shape, 1)],
      ["randomUniform", (shape) => sg.randomUniform(shape)],
      ["reshape", (shape) => sg.reshape(f(1), shape)],
      ["broadcastTo", (shape) => sg.broadcastTo(f(), shape)],
      ["float32", (shape) => sg.float32(shape)],
      ["parameter", (shape) => new sg.Parameter(shape, { kind: "constant", value: 0 })],
      ["input x", (shape) => new InputValue("x", { shape, dtype: "float32" })],
    ] as [string, (shape: number[]) => unknown][]
  ).flatMap(([op, make]) =>
    [[0], [2, 0, 3], [-2], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]].map(
      (shape): [string, () => unknown, typeof ShapeError, string[]] => [
        `${op} of [${shape}]`,
        () => make(shape),
        ShapeError,
        [op, `[${shape.join(", ")}]`],
      ],
    ),
  ),
  ["add of two types", () => sg.add(i(3), f(3)), DtypeError, ["add", "int32 and float32", "use cast"]],
  ["mul by a fraction", () => sg.mul(i(3), 1.5), DtypeError, ["mul", "1.5", "expected an integer"]],
  ["less than NaN", () => sg.less(Number.NaN, i(3)), DtypeError, ["less", "NaN", "expected an integer"]],
  ["pow of int32", () => sg.pow(i(3), i(3)), DtypeError, ["pow", "int32", "expected float32"]],
  ["cast", () => sg.cast(f(3), "uint32"), DtypeError, ["cast", "uint32", "float32, float16, int32"]],
  ["take indices", () => sg.take(f(3), f(3)), DtypeError, ["take", "float32", "expected int32"]],
  ["take of a scalar", () => sg.take(f(), i(3)), ShapeError, ["take", "scalar", "reshape"]],
  ["take axis", () => sg.take(f(3), i(3), 1), ShapeError, ["take", "axis 1"]],
  ["takeAlongAxis rank", () => sg.takeAlongAxis(f(3, 2), i(3)), ShapeError, ["takeAlongAxis", "[3]", "[3, 2]"]],
  ["takeAlongAxis shapes", () => sg.takeAlongAxis(f(3, 2), i(2, 2)), ShapeError, ["takeAlongAxis", "broadcast"]],
  ["embedding indices", () => sg.embedding(f(2), f(3, 4)), DtypeError, ["embedding", "float32", "expected int32"]],
  ["embedding table", () => sg.embedding(i(2), f(3)), ShapeError, ["embedding", "[3]", "[entries, features]"]],
  ["embedding table dtype", () => sg.embedding(i(2), i(3, 4)), DtypeError, ["embedding", "table is int32"]],
  ["crossEntropy logits", () => losses.crossEntropy(i(2, 3), i(2)), DtypeError, ["crossEntropy", "logits are int32"]],
  [
    "crossEntropy targets",
    () => losses.crossEntropy(f(2, 3), f(2)),
    DtypeError,
    ["crossEntropy", "targets are float32"],
  ],
  [
    "crossEntropy shapes",
    () => losses.crossEntropy(f(2, 3), i(3)),
    ShapeError,
    ["crossEntropy", "[3]", "[2, 3]", "expected"],
  ],
  ["crossEntropy of a scalar", () => losses.crossEntropy(f(), i()), ShapeError, ["crossEntropy", "[]"]],
  [
    "meanSquaredError",
    () => losses.meanSquaredError(f(2), f(1)),
    ShapeError,
    ["meanSquaredError", "[2]", "[1]", "expected"],
  ],
  ["meanAbsoluteError", () => losses.meanAbsoluteError(f(2), f()), ShapeError, ["meanAbsoluteError", "expected equal"]],
  ["binaryCrossEntropy", () => losses.binaryCrossEntropy(f(2), f(3)), ShapeError, ["binaryCrossEntropy", "[2]", "[3]"]],
  ["alibiSlopes of 1e9", () => sg.alibiSlopes(1e9), ArgumentError, ["alibiSlopes", "heads", "1000000000", "65,536"]],
  ["alibiSlopes of NaN", () => sg.alibiSlopes(Number.NaN), ArgumentError, ["alibiSlopes", "heads is NaN"]],
  [
    "heads that do not divide 1e9",
    () => new nn.MultiheadAttention(1e9, 7),
    ShapeError,
    ["MultiheadAttention", "numHeads 7", "embedDim 1000000000", "such as 5;"],
  ],
  [
    "sinusoidalPositions of 1e9",
    () => sg.sinusoidalPositions(1e9, 64),
    ShapeError,
    ["sinusoidalPositions", "elements"],
  ],
  ...([...binary, "greater", "greaterEqual"] as const).flatMap((op) =>
    [undefined, null, "3", {}, [1]].flatMap((wrong): Case[] => [
      [
        `${op} of ${JSON.stringify(wrong)}`,
        () => ops[op](wrong as never, f(2)),
        ArgumentError,
        ["operand", "a number"],
      ],
      [
        `${op} by ${JSON.stringify(wrong)}`,
        () => ops[op](f(2), wrong as never),
        ArgumentError,
        ["operand", "a number"],
      ],
    ]),
  ),
  ["dropout rate", () => sg.dropout(f(2), 1), ArgumentError, ["dropout", "rate is 1", "expected a number from 0"]],
  ["dropout dtype", () => sg.dropout(i(2), 0.5), DtypeError, ["dropout", "int32", "expected float32"]],
  ["lstm weight", () => sg.lstm(f(5, 2, 12), f(12, 4), f(2, 3), f(2, 3)), ShapeError, ["lstm", "[12, 4]", "expected"]],
  ["lstm h0", () => sg.lstm(f(5, 2, 12), f(12, 3), f(3, 3), f(2, 3)), ShapeError, ["lstm", "h0", "[3, 3]", "[2, 3]"]],
  ["lstm c0", () => sg.lstm(f(5, 2, 12), f(12, 3), f(2, 3), f(2, 4)), ShapeError, ["lstm", "c0", "[2, 4]", "[2, 3]"]],
  ["lstm rank", () => sg.lstm(f(5, 12), f(12, 3), f(2, 3), f(2, 3)), ShapeError, ["lstm", "[5, 12]", "[time, batch"]],
  ["lstm dtype", () => sg.lstm(i(5, 2, 12), f(12, 3), f(2, 3), f(2, 3)), DtypeError, ["lstm", "int32", "float32"]],
  ["nn.LSTM input", () => new nn.LSTM(3, 4).forward(f(2, 5, 2)), ShapeError, ["LSTM", "[2, 5, 2]", "[batch, time, 3]"]],
  ["nn.LSTM size", () => new nn.LSTM(3, 0), ShapeError, ["LSTM", "hiddenSize is 0", "positive integer"]],
  ["nn.LSTM dropout", () => new nn.LSTM(3, 4, { dropout: 1 }), ArgumentError, ["LSTM", "dropout is 1"]],
  ["nn.Linear", () => new nn.Linear(3, 4).forward(f(2, 5)), ShapeError, ["Linear", "[2, 5]", "[..., 3]"]],
  ["nn.Embedding", () => new nn.Embedding(2.5, 4), ShapeError, ["Embedding", "entries is 2.5"]],
  ["scan nothing", () => sg.scan([], f(2), (h) => [h, h]), ShapeError, ["scan", "no value with a time axis"]],
  ["scan lengths", () => sg.scan([f(3, 2), f(4, 2)], f(2), (h) => [h, h]), ShapeError, ["scan", "3 and 4", "expected"]],
  ["scan carry", () => sg.scan(f(3, 2), null, () => [null, null]), UnsupportedError, ["scan", "carry is empty"]],
  [
    "scan carry shape",
    () => sg.scan(f(3, 4), f(1), (h, x) => [sg.add(h, x), h]),
    ShapeError,
    ["scan", "[1] to [4]", "same"],
  ],
  ["scan carry dtype", () => sg.scan(f(3, 2), i(2), (h) => [h, h]), DtypeError, ["scan", "int32", "expected float32"]],
  [
    "scan carry count",
    () => sg.scan(f(3, 2), [f(2)], ([h]) => [[h, h], h] as never),
    ShapeError,
    ["scan", "2 values", "expected 1"],
  ],
];

test.each(cases)("%s", (_, action, type, parts) => {
  expect(action).toThrow(type);
  for (const part of parts) expect(action).toThrow(part);
});
