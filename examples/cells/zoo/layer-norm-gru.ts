import { add, linear, mul, nn, scan, sigmoid, split, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * A GRU whose products are normalised: those of both gates together, those of the candidate by themselves (Ba, Kiros and
 * Hinton 2016, "Layer Normalization"). The gates have one bias, where the paper has one in each norm.
 *
 *     (r, z) = σ(LN(W·x) + LN(U·h₋₁) + b),  n = tanh(LN(W_n·x) + r ⊙ LN(U_n·h₋₁)),  h = (1 − z) ⊙ h₋₁ + z ⊙ n
 */
export class LayerNormGRU extends Cell {
  readonly x = new nn.Linear(this.inputSize, 3 * this.hiddenSize, { bias: false });
  readonly h = this.recurrent("r", "z", "n");
  readonly bias = this.biases({ r: "neutral", z: "close" });
  readonly norm = [0, 1].map(() => new nn.LayerNorm(2 * this.hiddenSize, { bias: false })) as [
    nn.LayerNorm,
    nn.LayerNorm,
  ];
  readonly normN = [0, 1].map(() => new nn.LayerNorm(this.hiddenSize)) as [nn.LayerNorm, nn.LayerNorm];

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const products = (product: Value, from: 0 | 1) => {
      const [gates, n] = split(product, [2 * this.hiddenSize, this.hiddenSize], -1);
      return { gates: this.norm[from].forward(gates), n: this.normN[from].forward(n) };
    };
    const [end, ys] = scan(xs, start, (before, input) => {
      const [x, u] = [products(this.x.forward(input), 0), products(linear(before, this.h.weight), 1)];
      const [r, z] = split(sigmoid(add(add(x.gates, u.gates), this.bias)), 2, -1);
      const h = add(mul(sub(1, z), before), mul(z, tanh(add(x.n, mul(r, u.n)))));
      return [h, h];
    });
    return [ys, end];
  }
}
