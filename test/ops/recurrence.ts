import { expect } from "vitest";
import { byOracle, operandsOf, type Recurrence } from "../cases/support/recurrence.ts";
import { type NdArray, uniform } from "../reference/array.ts";
import { slopes } from "../reference/differences.ts";

/** The oracle's analytic gradients must be what central differences of its forward pass say. */
export function expectOracleGradients(r: Recurrence): void {
  const operands = operandsOf(r);
  const { lengths, ...floats } = operands;
  const names = Object.keys(floats) as (keyof typeof floats)[];
  const run = (x: readonly NdArray[]) => {
    const moved = Object.fromEntries(names.map((name, i) => [name, x[i]]));
    return byOracle(r, { ...operands, ...moved });
  };
  const inputs = names.map((name) => floats[name] as NdArray);
  const { outputs, h, backward } = run(inputs);
  const cotangents = [uniform(outputs.shape, 5), uniform(h.shape, 6)] as const;
  const gradients = backward(...cotangents);
  const both = (x: readonly NdArray[]) => {
    const result = run(x);
    return [result.outputs, result.h];
  };
  names.forEach((name, i) => {
    const got = (gradients[name] as NdArray).data;
    for (const { what, indices, direction, value } of slopes(both, inputs, cotangents, i)) {
      const slope = indices.reduce((total, index, k) => total + (got[index] as number) * (direction[k] as number), 0);
      expect(Math.abs(slope - value), `${name} ${what}`).toBeLessThan(1e-6 * (1 + Math.abs(value)));
    }
  });
}
