import {
  add,
  broadcastTo,
  div,
  exp,
  linear,
  maximum,
  mul,
  neg,
  nn,
  Parameter,
  reshape,
  scan,
  sigmoid,
  softplus,
  sub,
  tanh,
  type Value,
} from "seqgrad";
import { Cell, cut, fixed } from "../cell.ts";

/**
 * The sLSTM of xLSTM: an exponential input gate, a normaliser n, a stabiliser m that keeps the exponentials in range, and
 * recurrent weights in four heads, which do not see each other and start at 0 (Beck et al. 2024, "xLSTM: Extended Long
 * Short-Term Memory").
 *
 *     (i, f, z, o) = W·x + R·h₋₁ + b,  m = max(log σ(f) + m₋₁, i),  i' = exp(i − m),  f' = exp(log σ(f) + m₋₁ − m)
 *     c = f' ⊙ c₋₁ + i' ⊙ tanh(z),  n = f' ⊙ n₋₁ + i',  h = σ(o) ⊙ c / n;  R is block diagonal
 */
export class SLSTM extends Cell<Record<"h" | "c" | "n" | "m", Value>> {
  readonly x = this.inputs({ i: "neutral", f: "keep", z: "neutral", o: "neutral" });
  readonly blocks = new Parameter([4 * this.hiddenSize, this.hiddenSize / 4], nn.initializers.zero);
  readonly own = fixed([4 * this.hiddenSize, this.hiddenSize], (to, from) => this.head(to) === this.head(from));

  forward(xs: Value, start = { h: this.zeros(xs), c: this.zeros(xs), n: this.zeros(xs), m: this.zeros(xs) }) {
    const [rows, size] = this.blocks.shape as [number, number];
    const repeated = broadcastTo(reshape(this.blocks, [rows, 1, size]), [rows, 4, size]);
    const weight = mul(reshape(repeated, [rows, 4 * size]), this.own);
    const [end, ys] = scan(this.x.of(xs), start, (before, x) => {
      const u = cut(linear(before.h, weight), this.x.names);
      const [i, kept] = [add(x.i, u.i), sub(before.m, softplus(neg(add(x.f, u.f))))];
      const m = maximum(kept, i);
      const [write, keep] = [exp(sub(i, m)), exp(sub(kept, m))];
      const c = add(mul(keep, before.c), mul(write, tanh(add(x.z, u.z))));
      const n = add(mul(keep, before.n), write);
      const h = div(mul(sigmoid(add(x.o, u.o)), c), n);
      return [{ h, c, n, m }, h];
    });
    return [ys, end] as [Value, typeof end];
  }

  private head = (unit: number) => Math.floor((4 * (unit % this.hiddenSize)) / this.hiddenSize);
}
