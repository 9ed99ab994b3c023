import { add, broadcastTo, linear, mul, nn, Parameter, reshape, scan, select, slice, tanh, type Value } from "seqgrad";
import { Cell, fixed } from "../cell.ts";

/**
 * The clockwork net: eight groups of units, of which the i-th changes in every 2ⁱ-th step alone and sees none that is quicker
 * (Koutník et al. 2014, "A Clockwork RNN"). A call begins at step 0, in which all change.
 *
 *     h = tanh(W·x + U·h₋₁ + b) where the clock strikes, else h₋₁;  U is block upper triangular
 */
export class ClockworkRNN extends Cell {
  readonly x = this.inputs({ h: "neutral" });
  readonly weight = new Parameter([this.hiddenSize, this.hiddenSize], nn.initializers.orthogonal());
  readonly seen = fixed([this.hiddenSize, this.hiddenSize], (to, from) => this.group(from) >= this.group(to));
  readonly strikes = fixed([128, this.hiddenSize], (t, unit) => t % 2 ** this.group(unit) === 0);

  forward(xs: Value, start = this.zeros(xs)): [Value, Value] {
    const [steps, rounds] = [xs.shape[0] as number, Math.ceil((xs.shape[0] as number) / 128)];
    const round = broadcastTo(reshape(this.strikes, [1, 128, -1]), [rounds, 128, this.hiddenSize]);
    const clock = slice(reshape(round, [-1, this.hiddenSize]), 0, 0, steps);
    const weight = mul(this.weight, this.seen);
    const [end, ys] = scan({ ...this.x.of(xs), clock }, start, (before, x) => {
      const h = select(x.clock, tanh(add(x.h, linear(before, weight))), before);
      return [h, h];
    });
    return [ys, end];
  }

  private group(unit: number): number {
    return Math.floor((8 * unit) / this.hiddenSize);
  }
}
