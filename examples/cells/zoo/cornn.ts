import { add, mul, scan, sub, tanh, type Value } from "seqgrad";
import { Cell } from "../cell.ts";

/** A step of time, and the oscillators' stiffness γ and damping ε, which the paper chooses anew for every task. */
const [dt, stiffness, damping] = [0.25, 1, 0.5];

/**
 * The coupled oscillatory net: units are damped springs that drive each other, y their place and z their speed (Rusch and
 * Mishra 2021, "Coupled Oscillatory Recurrent Neural Network"), with the damping explicit as in the authors' code.
 *
 *     z = z₋₁ + Δt·(tanh(W·y₋₁ + 𝒲·z₋₁ + V·x + b) − γ·y₋₁ − ε·z₋₁),  y = y₋₁ + Δt·z
 */
export class CoRNN extends Cell<{ y: Value; z: Value }> {
  readonly x = this.inputs({ force: "neutral" });
  readonly y = this.recurrent("force");
  readonly z = this.recurrent("force");

  forward(xs: Value, start = { y: this.zeros(xs), z: this.zeros(xs) }): [Value, typeof start] {
    const [end, ys] = scan(this.x.of(xs), start, (before, x) => {
      const force = tanh(add(x.force, add(this.y.of(before.y).force, this.z.of(before.z).force)));
      const back = add(mul(stiffness, before.y), mul(damping, before.z));
      const z = add(before.z, mul(dt, sub(force, back)));
      const y = add(before.y, mul(dt, z));
      return [{ y, z }, y];
    });
    return [ys, end];
  }
}
