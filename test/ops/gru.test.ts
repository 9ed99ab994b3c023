import { expect, test } from "vitest";
import { InputValue } from "../../src/graph/leaves.ts";
import { float32, int32 } from "../../src/index.ts";
import { gru } from "../../src/ops/recurrent/gru.ts";
import { expectOracleGradients } from "./recurrence.ts";

const value = (...shape: number[]) => new InputValue("x", float32(shape));

test.for([true, false])("oracle gradients, reset after: %s", (resetAfter) => {
  expectOracleGradients({ cell: "gru", size: [4, 3, 5], resetAfter, bias: resetAfter });
  expectOracleGradients({ cell: "gru", size: [4, 3, 5], resetAfter, bias: resetAfter, lengths: true });
});

test("wrong operands are told with their remedy", () => {
  const [p, w, h] = [value(5, 2, 9), value(9, 3), value(2, 3)];
  expect(() => gru(value(5, 2, 8), w, undefined, h)).toThrow("expected [time, batch, 3·hidden]");
  expect(() => gru(p, value(3, 3), undefined, h)).toThrow("expected [3·hidden, hidden] = [9, 3]");
  expect(() => gru(p, w, value(3), h)).toThrow("gru: bias_hh has shape [3], expected [3·hidden] = [9]");
  expect(() => gru(p, w, value(9), h, { resetAfter: false })).toThrow("gru: bias_hh is given with resetAfter false");
  const lengths = new InputValue("lengths", int32([5]));
  expect(() => gru(p, w, undefined, h, { lengths })).toThrow("gru: lengths has shape [5], expected [batch] = [2]");
});
