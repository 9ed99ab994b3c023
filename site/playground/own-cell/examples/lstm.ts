// LSTM (Hochreiter and Schmidhuber 1997; Gers et al. 2000)

import { defineCell } from "playground";
import { add, linear, mul, nn, sigmoid, split, tanh } from "seqgrad";

export default defineCell(["h", "c"], ({ inputs, hidden, weight, bias }) => {
  const W = weight("W", [4 * hidden, inputs]);
  const U = weight("U", [4 * hidden, hidden], nn.initializers.orthogonal({ blocks: 4 }));
  const b = bias("b", 4 * hidden);
  const keep = bias("keep", hidden, 1);
  return (before, x) => {
    const [i, f, g, o] = split(add(linear(x, W, b), linear(before.h, U)), 4, -1);
    const c = add(mul(sigmoid(add(f, keep)), before.c), mul(sigmoid(i), tanh(g)));
    const h = mul(sigmoid(o), tanh(c));
    return [{ h, c }, h];
  };
});
