// Coupled oscillatory RNN (Rusch and Mishra 2021)

import { defineCell } from "playground";
import { add, concat, linear, mul, sub, tanh } from "seqgrad";

/** A step of time, the springs' stiffness and their damping. */
const [dt, stiffness, damping] = [0.25, 1, 0.5];

export default defineCell(["y", "z"], ({ inputs, hidden, weight, bias }) => {
  const V = weight("V", [hidden, inputs]);
  const W = weight("W", [hidden, 2 * hidden]);
  const b = bias("b", hidden);
  return (before, x) => {
    const force = tanh(add(linear(x, V, b), linear(concat([before.y, before.z], -1), W)));
    const back = add(mul(stiffness, before.y), mul(damping, before.z));
    const z = add(before.z, mul(dt, sub(force, back)));
    const y = add(before.y, mul(dt, z));
    return [{ y, z }, y];
  };
});
