// GRU, reset after the product (Cho et al. 2014, as cuDNN has it)

import { defineCell } from "playground";
import { add, linear, mul, nn, sigmoid, split, sub, tanh } from "seqgrad";

export default defineCell(["h"], ({ inputs, hidden, weight, bias }) => {
  const W = weight("W", [3 * hidden, inputs]);
  const U = weight("U", [3 * hidden, hidden], nn.initializers.orthogonal({ blocks: 3 }));
  const [b, bU] = [bias("b", 3 * hidden), bias("bU", 3 * hidden)];
  return ({ h: before }, x) => {
    const [xr, xz, xn] = split(linear(x, W, b), 3, -1);
    const [ur, uz, un] = split(linear(before, U, bU), 3, -1);
    const [r, z] = [sigmoid(add(xr, ur)), sigmoid(add(xz, uz))];
    const n = tanh(add(xn, mul(r, un)));
    const h = add(n, mul(z, sub(before, n)));
    return [{ h }, h];
  };
});
