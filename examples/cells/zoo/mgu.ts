import { add, mul, scan, sigmoid, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The minimal gated unit: a GRU whose one gate both resets and updates (Zhou et al. 2016, "Minimal Gated Unit for Recurrent
 * Neural Networks").
 *
 *     f = σ(W_f·x + U_f·h₋₁ + b_f),  h = (1 − f) ⊙ h₋₁ + f ⊙ tanh(W_n·x + U_n·(f ⊙ h₋₁) + b_n)
 */
export class MGU extends Cell {
  readonly x = this.inputs({ f: "close", n: "neutral" });
  readonly gate = this.recurrent("f");
  readonly candidate = this.recurrent("n");

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [end, ys] = scan(this.x.of(xs), start, (h, x) => {
      const f = sigmoid(add(x.f, this.gate.of(h).f));
      const n = tanh(add(x.n, this.candidate.of(mul(f, h)).n));
      const next = add(mul(sub(1, f), h), mul(f, n));
      return [next, next];
    });
    return [ys, end];
  }
}
