import { add, mul, nn, scan, sigmoid, sub, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The simple recurrent unit: all products are with the input, and beside it lies a highway, here W_s·x, as inputs and units
 * may differ in number (Lei et al. 2018, "Simple Recurrent Units for Highly Parallelizable Recurrence").
 *
 *     f = σ(W_f·x + v_f ⊙ c₋₁ + b_f),  c = f ⊙ c₋₁ + (1 − f) ⊙ (W_c·x)
 *     r = σ(W_r·x + v_r ⊙ c₋₁ + b_r),  h = r ⊙ c + (1 − r) ⊙ (W_s·x)
 */
export class SRU extends Cell {
  readonly gates = this.inputs({ f: "keep", r: "neutral" });
  readonly x = new nn.Linear(this.inputSize, this.hiddenSize, { bias: false });
  readonly skip = new nn.Linear(this.inputSize, this.hiddenSize, { bias: false });
  readonly vF = this.units(nn.initializers.zero);
  readonly vR = this.units(nn.initializers.zero);

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [end, ys] = scan(xs, start, (before, x) => {
      const gates = this.gates.of(x);
      const f = sigmoid(add(gates.f, mul(this.vF, before)));
      const c = add(mul(f, before), mul(sub(1, f), this.x.forward(x)));
      const r = sigmoid(add(gates.r, mul(this.vR, before)));
      return [c, add(mul(r, c), mul(sub(1, r), this.skip.forward(x)))];
    });
    return [ys, end];
  }
}
