import { add, mul, scan, sigmoid, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * Long expressive memory: two states, each with time steps of its own, learned unit by unit (Rusch et al. 2022, "Long
 * Expressive Memory for Sequence Modeling"), the longest being 1.
 *
 *     (a, b) = σ(W·y₋₁ + V·x + b),  z = (1 − a) ⊙ z₋₁ + a ⊙ tanh(W_z·y₋₁ + V_z·x + b_z)
 *     y = (1 − b) ⊙ y₋₁ + b ⊙ tanh(W_y·z + V_y·x + b_y)
 */
export class LEM extends Cell<{ y: Value; z: Value }> {
  readonly x = this.inputs({ a: "close", b: "close", z: "neutral", y: "neutral" });
  readonly y = this.recurrent("a", "b", "z");
  readonly z = this.recurrent("y");

  forward(xs: Value, start = { y: this.zeros(xs), z: this.zeros(xs) }): [Value, typeof start] {
    const [end, ys] = scan(this.x.of(xs), start, (before, x) => {
      const u = this.y.of(before.y);
      const [a, b] = [sigmoid(add(x.a, u.a)), sigmoid(add(x.b, u.b))];
      const z = add(mul(sub(1, a), before.z), mul(a, tanh(add(x.z, u.z))));
      const y = add(mul(sub(1, b), before.y), mul(b, tanh(add(x.y, this.z.of(z).y))));
      return [{ y, z }, y];
    });
    return [ys, end];
  }
}
