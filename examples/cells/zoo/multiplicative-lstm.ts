import { add, mul, scan, sigmoid, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The multiplicative LSTM: each input has recurrent weights of its own, as the product of two factors (Krause et al. 2016,
 * "Multiplicative LSTM for sequence modelling").
 *
 *     m = (W_m·x) ⊙ (U_m·h₋₁)
 *     (i, f, o, g) = (σ, σ, σ, tanh)(W·x + U·m + b),  c = f ⊙ c₋₁ + i ⊙ g,  h = o ⊙ tanh(c)
 */
export class MultiplicativeLSTM extends Cell<{ h: Value; c: Value }> {
  readonly x = this.inputs({ i: "close", f: "keep", o: "neutral", g: "neutral" });
  readonly factor = this.inputs({ m: "neutral" });
  readonly h = this.recurrent("m");
  readonly m = this.recurrent("i", "f", "o", "g");

  forward(xs: Value, start = { h: this.zeros(xs), c: this.zeros(xs) }): [Value, typeof start] {
    const [end, ys] = scan({ ...this.x.of(xs), ...this.factor.of(xs) }, start, (before, x) => {
      const u = this.m.of(mul(x.m, this.h.of(before.h).m));
      const kept = mul(sigmoid(add(x.f, u.f)), before.c);
      const c = add(kept, mul(sigmoid(add(x.i, u.i)), tanh(add(x.g, u.g))));
      const h = mul(sigmoid(add(x.o, u.o)), tanh(c));
      return [{ h, c }, h];
    });
    return [ys, end];
  }
}
