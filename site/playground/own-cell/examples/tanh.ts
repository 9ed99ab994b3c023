// Simple RNN (Elman 1990)

import { defineCell } from "playground";
import { add, linear, nn, tanh } from "seqgrad";

export default defineCell(["h"], ({ inputs, hidden, weight, bias }) => {
  const W = weight("W", [hidden, inputs]);
  const U = weight("U", [hidden, hidden], nn.initializers.orthogonal());
  const b = bias("b", hidden);
  return ({ h: before }, x) => {
    const h = tanh(add(linear(x, W, b), linear(before, U)));
    return [{ h }, h];
  };
});
