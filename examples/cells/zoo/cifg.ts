import { add, mul, scan, sigmoid, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * An LSTM with coupled gates: what is forgotten makes room for what is new (CIFG; Greff et al. 2017, "LSTM: A Search Space
 * Odyssey").
 *
 *     f = σ(W_f·x + U_f·h₋₁ + b_f),  c = f ⊙ c₋₁ + (1 − f) ⊙ tanh(W_g·x + U_g·h₋₁ + b_g)
 *     o = σ(W_o·x + U_o·h₋₁ + b_o),  h = o ⊙ tanh(c)
 */
export class CIFG extends Cell<{ h: Value; c: Value }> {
  readonly x = this.inputs({ f: "keep", g: "neutral", o: "neutral" });
  readonly h = this.recurrent("f", "g", "o");

  forward(xs: Value, start = { h: this.zeros(xs), c: this.zeros(xs) }): [Value, typeof start] {
    const [end, ys] = scan(this.x.of(xs), start, (before, x) => {
      const u = this.h.of(before.h);
      const f = sigmoid(add(x.f, u.f));
      const c = add(mul(f, before.c), mul(sub(1, f), tanh(add(x.g, u.g))));
      const h = mul(sigmoid(add(x.o, u.o)), tanh(c));
      return [{ h, c }, h];
    });
    return [ys, end];
  }
}
