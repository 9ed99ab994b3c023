import { add, mul, scan, sigmoid, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The update gate RNN: a plain net and a gate that says how much of it is taken (Collins, Sohl-Dickstein and Sussillo 2017,
 * "Capacity and Trainability in Recurrent Neural Networks").
 *
 *     g = σ(W_g·x + U_g·h₋₁ + b_g),  h = g ⊙ h₋₁ + (1 − g) ⊙ tanh(W_c·x + U_c·h₋₁ + b_c)
 */
export class UGRNN extends Cell {
  readonly x = this.inputs({ g: "keep", c: "neutral" });
  readonly h = this.recurrent("g", "c");

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [end, ys] = scan(this.x.of(xs), start, (h, x) => {
      const u = this.h.of(h);
      const g = sigmoid(add(x.g, u.g));
      const next = add(mul(g, h), mul(sub(1, g), tanh(add(x.c, u.c))));
      return [next, next];
    });
    return [ys, end];
  }
}
