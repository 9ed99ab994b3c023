import { expect, test } from "vitest";
import { InputValue } from "../../src/graph/leaves.ts";
import { float32, int32 } from "../../src/index.ts";
import { maskSteps, reverseSequence } from "../../src/ops/recurrent/reverse-sequence.ts";
import { rnn } from "../../src/ops/recurrent/rnn.ts";
import { expectOracleGradients } from "./recurrence.ts";

const value = (...shape: number[]) => new InputValue("x", float32(shape));
const lengths = (...shape: number[]) => new InputValue("lengths", int32(shape));

test.for(["tanh", "relu", "leaky_relu", "sigmoid", "identity"] as const)("oracle gradients, %s", (activation) => {
  expectOracleGradients({ cell: "rnn", size: [4, 3, 5], activation, negativeSlope: 0.2 });
  expectOracleGradients({ cell: "rnn", size: [4, 3, 5], activation, negativeSlope: 0.2, lengths: true });
});

test("gives outputs and the final state", () => {
  const { outputs, h } = rnn(value(5, 2, 3), value(3, 3), value(2, 3), { lengths: lengths(2) });
  expect([outputs.shape, h.shape]).toEqual([
    [5, 2, 3],
    [2, 3],
  ]);
});

test("wrong operands are told with their remedy", () => {
  const [p, w, h] = [value(5, 2, 3), value(3, 3), value(2, 3)];
  expect(() => rnn(value(2, 3), w, h)).toThrow(
    "rnn: projected inputs have shape [2, 3], expected [time, batch, hidden]",
  );
  expect(() => rnn(p, value(6, 3), h)).toThrow("rnn: weight_hh has shape [6, 3], expected [hidden, hidden] = [3, 3]");
  expect(() => rnn(p, w, value(3, 3))).toThrow("rnn: h0 has shape [3, 3], expected [batch, hidden] = [2, 3]");
  expect(() => rnn(p, w, h, { lengths: lengths(3) })).toThrow("rnn: lengths has shape [3], expected [batch] = [2]");
  expect(() => rnn(p, w, h, { lengths: value(2) })).toThrow("rnn: lengths is float32, expected int32");
  expect(() => rnn(p, w, h, { activation: "gelu" as "tanh" })).toThrow(
    'rnn: activation is "gelu", expected one of "tanh"',
  );
  expect(() => rnn(p, w, h, { negativeSlope: -1 })).toThrow("rnn: negativeSlope is -1, expected a finite number ≥ 0");
});

test("sequence operations check their lengths", () => {
  expect(() => maskSteps(value(5), lengths(5))).toThrow("maskSteps: x has shape [5], expected [time, batch, ...]");
  expect(() => reverseSequence(value(5, 2), lengths(5))).toThrow("reverseSequence: lengths has shape [5]");
});
