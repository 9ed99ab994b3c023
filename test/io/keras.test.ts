// Keras's weights in our names and layouts. test/independent/recurrent-tensorflow.test.ts compares what the layers compute.
import { describe, expect, test } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { fromKeras, type KerasTensor, toKeras } from "../../src/io/keras.ts";
import * as nn from "../../src/nn/index.ts";

const tensor = (shape: number[], start = 0): KerasTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => start + i),
});

const GATES = { SimpleRNN: 1, LSTM: 4, GRU: 3 } as const;
const kinds = Object.keys(GATES) as (keyof typeof GATES)[];
const [input, units] = [3, 2];

const weightsOf = (kind: keyof typeof GATES, start = 0) => {
  const columns = GATES[kind] * units;
  return [tensor([input, columns], start), tensor([units, columns], start + 100), tensor([columns], start + 200)];
};

describe("layouts", () => {
  test("LSTM: gates keep their order, matrices are transposed, the recurrent bias is zero", () => {
    const dict = fromKeras("LSTM", weightsOf("LSTM"));
    expect([...dict.keys()]).toEqual(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]);
    const weight = dict.get("weight_ih_l0");
    expect(weight?.shape).toEqual([8, 3]);
    // row of gate f (second), unit 1: column 3 of the kernel
    expect([...(weight?.data.subarray(9, 12) ?? [])]).toEqual([3, 11, 19]);
    expect(dict.get("bias_hh_l0")).toEqual({ shape: [8], data: new Float32Array(8) });
  });

  test("GRU: z r h becomes r z n", () => {
    const dict = fromKeras("GRU", weightsOf("GRU"));
    expect([...(dict.get("bias_ih_l0")?.data ?? [])]).toEqual([202, 203, 200, 201, 204, 205]);
    // r of unit 0 is column 2 of the kernel
    expect([...(dict.get("weight_ih_l0")?.data.subarray(0, 3) ?? [])]).toEqual([2, 8, 14]);
  });

  test("GRU with reset_after: a bias of two rows", () => {
    const [kernel, recurrent] = weightsOf("GRU") as [KerasTensor, KerasTensor];
    const weights = [kernel, recurrent, tensor([2, 6], 300)];
    const dict = fromKeras("GRU", weights);
    expect([...(dict.get("bias_ih_l0")?.data ?? [])]).toEqual([302, 303, 300, 301, 304, 305]);
    expect([...(dict.get("bias_hh_l0")?.data ?? [])]).toEqual([308, 309, 306, 307, 310, 311]);
    expect(toKeras("GRU", dict)).toEqual(weights);
  });

  test("reset before: the recurrent bias is added", () => {
    const dict = new Map(fromKeras("GRU", weightsOf("GRU")));
    dict.set("bias_hh_l0", { shape: [6], data: Float32Array.of(1, 1, 2, 2, 3, 3) });
    const [, , bias] = toKeras("GRU", dict, { resetAfter: false });
    expect([...(bias?.data ?? [])]).toEqual([202, 203, 203, 204, 207, 208]);
  });
});

describe("layers without gates", () => {
  test("Conv1D: the window comes last", () => {
    const weights = [tensor([3, 2, 4]), tensor([4], 50)];
    const dict = fromKeras("Conv1D", weights);
    expect(dict.get("weight")?.shape).toEqual([4, 2, 3]);
    // of output 1 and input 1: kernel[k, 1, 1] is 8k + 4 + 1
    expect([...(dict.get("weight")?.data.subarray(9, 12) ?? [])]).toEqual([5, 13, 21]);
    expect(dict.get("bias")).toEqual(weights[1]);
    expect(toKeras("Conv1D", dict)).toEqual(weights);
    expect([...fromKeras("Conv1D", weights.slice(0, 1)).keys()]).toEqual(["weight"]);
    expect([...new nn.Conv1d(2, 4, 3).namedParameters()].map(([name, { shape }]) => [name, shape])).toEqual(
      [...dict].map(([name, { shape }]) => [name, shape]),
    );
  });

  test("BatchNormalization and Embedding: names", () => {
    const weights = [1, 2, 3, 4].map((start) => tensor([5], start));
    const dict = fromKeras("BatchNormalization", weights);
    expect([...dict.keys()].sort()).toEqual([...new nn.BatchNorm(5).namedParameters()].map(([name]) => name).sort());
    expect(dict.get("running_var")).toEqual(weights[3]);
    expect(toKeras("BatchNormalization", dict)).toEqual(weights);
    expect([...fromKeras("BatchNormalization", weights.slice(2)).keys()]).toEqual(["running_mean", "running_var"]);
    const table = fromKeras("Embedding", [tensor([5, 2])]);
    expect(table).toEqual(new Map([["weight", tensor([5, 2])]]));
    expect(toKeras("Embedding", table)).toEqual([tensor([5, 2])]);
  });

  test("what does not fit", () => {
    expect(() => fromKeras("Conv1D", [tensor([3, 2])])).toThrow(DataError);
    expect(() => fromKeras("Conv1D", [tensor([3, 2, 4]), tensor([3])])).toThrow("Conv1D bias");
    expect(() => fromKeras("BatchNormalization", [tensor([3])])).toThrow("4 or 2");
    expect(() => fromKeras("Embedding", [tensor([3, 2])], { suffix: "_l1" })).toThrow(ArgumentError);
    expect(() => toKeras("Embedding", new Map())).toThrow(DataError);
  });
});

test("a single bias", () => {
  const weights = weightsOf("LSTM");
  const dict = fromKeras("LSTM", weights, { singleBias: true });
  expect([...dict.keys()]).toEqual(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]);
  expect([...dict.keys()].sort()).toEqual(
    [...new nn.LSTM(input, units, { singleBias: true }).namedParameters()].map(([name]) => name).sort(),
  );
  expect(toKeras("LSTM", dict)).toEqual(weights);
  const [kernel, recurrent] = weightsOf("GRU") as [KerasTensor, KerasTensor];
  expect(() => fromKeras("GRU", [kernel, recurrent, tensor([2, 6])], { singleBias: true })).toThrow(DataError);
  expect(() => fromKeras("LSTM", weights, { single_bias: true } as never)).toThrow("use singleBias");
  expect(() => fromKeras("Dense" as never, weights)).toThrow(ArgumentError);
});

describe.for(kinds)("%s: there and back", (kind) => {
  const options = { resetAfter: false };
  test.for([2, 3])("%i tensors", (count) => {
    const weights = weightsOf(kind).slice(0, count);
    for (const suffix of ["_l0", "_l1", ""]) {
      const dict = fromKeras(kind, weights, { suffix });
      expect([...dict.keys()].every((name) => name.endsWith(suffix))).toBe(true);
      expect(toKeras(kind, dict, { ...options, suffix })).toEqual(weights);
    }
  });

  test("both directions", () => {
    const weights = [...weightsOf(kind), ...weightsOf(kind, 1000)];
    const dict = fromKeras(kind, weights, { suffix: "_l1", bidirectional: true });
    expect([...dict.keys()].slice(4)).toEqual([
      "weight_ih_l1_reverse",
      "weight_hh_l1_reverse",
      "bias_ih_l1_reverse",
      "bias_hh_l1_reverse",
    ]);
    expect(toKeras(kind, dict, { ...options, suffix: "_l1", bidirectional: true })).toEqual(weights);
  });
});

test("what does not fit is refused", () => {
  const [kernel, recurrent, bias] = weightsOf("LSTM") as [KerasTensor, KerasTensor, KerasTensor];
  const cases: [() => unknown, RegExp][] = [
    [() => fromKeras("LSTM", [kernel]), /LSTM has 1 tensors, expected 2 or 3/],
    [() => fromKeras("LSTM", [kernel, recurrent, bias], { bidirectional: true }), /expected 4 or 6/],
    [() => fromKeras("GRU", [kernel, recurrent]), /GRU kernel has shape \[3, 8\], expected \[input, 3·units\]/],
    [() => fromKeras("LSTM", [recurrent, kernel]), /recurrent_kernel has shape \[3, 8\], expected \[2, 8\]/],
    [() => fromKeras("LSTM", [kernel, recurrent, tensor([2, 8])]), /bias has shape \[2, 8\], expected \[8\]/],
    [() => fromKeras("LSTM", [{ ...kernel, data: new Float32Array(3) }, recurrent]), /has 3 numbers, expected 24/],
    [() => toKeras("LSTM", fromKeras("LSTM", [kernel, recurrent]), { suffix: "_l1" }), /no weight_ih_l1, expected/],
  ];
  for (const [action, message] of cases) {
    expect(action).toThrow(expect.objectContaining({ name: "DataError", message: expect.stringMatching(message) }));
  }
  const peephole = new Map([...fromKeras("LSTM", [kernel, recurrent]), ["weight_peephole_l0", tensor([6])]]);
  expect(() => toKeras("LSTM", peephole)).toThrow(/has weight_peephole_l0, expected only what Keras's LSTM has/);
});
