import { add, mul, nn, relu, scan, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/**
 * The independently recurrent net: a unit sees no other unit's past, and its own by one weight (Li et al. 2018,
 * "Independently Recurrent Neural Network"). Weights start near 1 where there is a memory to be kept, as in the paper.
 *
 *     h = relu(W·x + u ⊙ h₋₁ + b)
 */
export class IndRNN extends Cell {
  readonly x = this.inputs({ h: "neutral" });
  readonly u = this.units(
    this.memory < 2
      ? nn.initializers.uniform(0, 1)
      : nn.initializers.uniform(2 ** (-1 / this.memory), 2 ** (1 / this.memory)),
  );

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [end, ys] = scan(this.x.of(xs), start, (h, x) => {
      const next = relu(add(x.h, mul(this.u, h)));
      return [next, next];
    });
    return [ys, end];
  }
}
