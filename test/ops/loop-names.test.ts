// Kernels that are made of a cell can be read: they have the names that people gave.
import { expect, test } from "vitest";
import type { Value } from "../../src/graph/value.ts";
import {
  add,
  concat,
  linear,
  mul,
  permute,
  reshape,
  scan,
  sigmoid,
  slice,
  stopGradient,
  sum,
  tanh,
} from "../../src/index.ts";
import { kernelNamed } from "../../src/kernels/kernel.ts";
import { labelOf } from "../../src/ops/loop/fused/labels.ts";
import { input, parameter, planStep } from "../plan/support.ts";

type States = Readonly<Record<string, Value>>;

/** Kernels of a training step of h' = tanh(x · σ(c) · factor), c' = h · W + c, the cell and its states called so. */
function kernelsOf(cellName: string, [h, c]: readonly [string, string], factor = 0.5): string[] {
  const [xs, h0, c0, w] = [input([7, 3, 8]), input([3, 8]), input([3, 8]), parameter([8, 8])];
  const cell = (states: States, x: Value) => {
    const next = tanh(mul(x, mul(sigmoid(states[c] as Value), factor)));
    return [{ [h]: next, [c]: add(linear(states[h] as Value, w), states[c] as Value) }, next] as const;
  };
  Object.defineProperty(cell, "name", { value: cellName });
  const [, ys] = scan(xs as Value, { [h]: h0, [c]: c0 } as Record<string, Value>, cell);
  const program = planStep(sum(ys), [w], [xs, h0, c0] as never, "hardware");
  return program.pipelines.map(({ kernel }) => kernel).filter((name) => name.startsWith("loop_"));
}

test("a kernel names the cell, its states and operations; one that says the same is the same", () => {
  const kernels = kernelsOf("leaky", ["heat", "flow"]);
  expect(kernels).toHaveLength(2);
  const [forward, backward] = kernels.map((name) => kernelNamed(name).source);
  expect(forward).toMatch(/^\/\/ A step of leaky\.$/m);
  expect(backward).toMatch(/^\/\/ A step of the gradient of leaky\.$/m);
  for (const name of [/let flow_\d+ = b\d/, /let sigmoid_\d+ = sigmoid\(flow_\d+\);/, /let heat_\d+ = safe_tanh\(/]) {
    expect(forward).toMatch(name);
  }
  expect(backward).toMatch(/let d_flow_\d+ = /);
  expect(kernelsOf("another", ["u", "v"])).toEqual(kernels);
});

test("names that WGSL has no letters for, that are words of it or of the templates, do no harm", () => {
  const [forward] = kernelsOf("two\nlines } é", ["fn", "place_4_1"], 0.25).map((name) => kernelNamed(name).source);
  expect(forward).toMatch(/^\/\/ A step of two lines }\.$/m);
  expect(forward).toMatch(/let value_place_4_1_\d+ = b\d/);
  expect(forward).toMatch(/let fn_\d+ = safe_tanh\(/);
});

test("all of an operand is called as that is, a part of it is not", () => {
  const gate = sigmoid(input([3, 8]));
  for (const same of [reshape(gate, [4, 6]), permute(gate, [1, 0]), stopGradient(gate)]) {
    expect(labelOf(same)).toBe("sigmoid");
  }
  expect(labelOf(slice(gate, 1, 0, 4))).toBe("slice");
  expect(labelOf(concat([gate, gate], 0))).toBe("concat");
});
