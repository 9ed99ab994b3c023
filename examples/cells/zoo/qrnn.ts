import { add, concat, mul, scan, sigmoid, slice, sub, tanh, type Value, zeros } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The quasi-recurrent net: a convolution over this step's input and the last one's, then pooling with gates that do not see
 * the state (Bradbury et al. 2017, "Quasi-Recurrent Neural Networks", fo-pooling). What comes before the first input is 0.
 *
 *     (z, f, o) = (tanh, σ, σ)(W·(x₋₁, x) + b),  c = f ⊙ c₋₁ + (1 − f) ⊙ z,  h = o ⊙ c
 */
export class QRNN extends Cell {
  readonly x = this.inputs({ z: "neutral", f: "keep", o: "neutral" }, 2 * this.inputSize);

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [, batch, size] = xs.shape as [number, number, number];
    const before = slice(concat([zeros([1, batch, size]), xs]), 0, 0, -1);
    const [end, ys] = scan(this.x.of(concat([before, xs], -1)), start, (last, x) => {
      const f = sigmoid(x.f);
      const c = add(mul(f, last), mul(sub(1, f), tanh(x.z)));
      return [c, mul(sigmoid(x.o), c)];
    });
    return [ys, end];
  }
}
