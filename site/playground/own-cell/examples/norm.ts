// Simple RNN with a layer norm (Ba, Kiros and Hinton 2016)

import { defineCell } from "playground";
import { add, linear, nn, tanh } from "seqgrad";

export default defineCell(["h"], ({ inputs, hidden, weight, part }) => {
  const W = weight("W", [hidden, inputs]);
  const U = weight("U", [hidden, hidden], nn.initializers.orthogonal());
  const norm = part("norm", new nn.LayerNorm(hidden));
  return ({ h: before }, x) => {
    const h = tanh(norm.forward(add(linear(x, W), linear(before, U))));
    return [{ h }, h];
  };
});
