// sLSTM of xLSTM, with one head (Beck et al. 2024)

import { defineCell } from "playground";
import { add, div, exp, linear, maximum, mul, neg, sigmoid, softplus, split, sub, tanh } from "seqgrad";

export default defineCell(["h", "c", "n", "m"], ({ inputs, hidden, weight, bias }) => {
  const W = weight("W", [4 * hidden, inputs]);
  const R = weight("R", [4 * hidden, hidden]);
  const b = bias("b", 4 * hidden);
  const keep = bias("keep", hidden, 1);
  return (before, x) => {
    const [i, f, z, o] = split(add(linear(x, W, b), linear(before.h, R)), 4, -1);
    // log σ(f) + m₋₁
    const kept = sub(before.m, softplus(neg(add(f, keep))));
    // the stabiliser: exponentials stay at 1 and below
    const m = maximum(kept, i);
    const [write, stay] = [exp(sub(i, m)), exp(sub(kept, m))];
    const c = add(mul(stay, before.c), mul(write, tanh(z)));
    const n = add(mul(stay, before.n), write);
    const h = div(mul(sigmoid(o), c), n);
    return [{ h, c, n, m }, h];
  };
});
