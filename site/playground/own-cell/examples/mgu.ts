// Minimal gated unit (Zhou et al. 2016)

import { defineCell } from "playground";
import { add, linear, mul, nn, sigmoid, split, sub, tanh } from "seqgrad";

export default defineCell(["h"], ({ inputs, hidden, weight, bias }) => {
  const W = weight("W", [2 * hidden, inputs]);
  const Uf = weight("Uf", [hidden, hidden], nn.initializers.orthogonal());
  const Un = weight("Un", [hidden, hidden], nn.initializers.orthogonal());
  const b = bias("b", 2 * hidden);
  return ({ h: before }, x) => {
    const [xf, xn] = split(linear(x, W, b), 2, -1);
    const f = sigmoid(add(xf, linear(before, Uf)));
    // a product of a product: the loop has two levels
    const n = tanh(add(xn, linear(mul(f, before), Un)));
    const h = add(before, mul(f, sub(n, before)));
    return [{ h }, h];
  };
});
