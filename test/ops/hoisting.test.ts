// How many dispatches a loop takes: counted in plans, for both kinds of adapter.
import { describe, expect, test } from "vitest";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { reachableNodes } from "../../src/graph/order.ts";
import type { Node, Value } from "../../src/graph/value.ts";
import { add, linear, losses, matmul, mul, nn, scan, sigmoid, slice, sum, tanh } from "../../src/index.ts";
import { gradients } from "../../src/ops/loop/gradients.ts";
import type { Loop } from "../../src/ops/loop/loop.ts";
import { dispatchesOf, input, parameter, planStep } from "../plan/support.ts";

const [BATCH, INPUT, HIDDEN] = [3, 5, 8];

interface Step {
  readonly loss: Value;
  readonly weights: readonly Value[];
  readonly inputs: Parameters<typeof planStep>[2];
}

/** The six-line RNN of the README. */
function tanhRnn(steps: number): Step {
  const [xs, h0] = [input([steps, BATCH, INPUT]), input([BATCH, HIDDEN])];
  const [wx, wh, b] = [parameter([INPUT, HIDDEN]), parameter([HIDDEN, HIDDEN]), parameter([HIDDEN])];
  const [, ys] = scan(xs as Value, h0 as Value, (h, x) => {
    const next = tanh(add(add(matmul(x, wx), matmul(h, wh)), b));
    return [next, next];
  });
  return { loss: sum(mul(ys, ys)), weights: [wx, wh, b], inputs: [xs, h0] };
}

function primitiveLstm(steps: number): Step {
  const [xs, h0, c0] = [input([steps, BATCH, INPUT]), input([BATCH, HIDDEN]), input([BATCH, HIDDEN])];
  const [wIh, wHh, b] = [parameter([4 * HIDDEN, INPUT]), parameter([4 * HIDDEN, HIDDEN]), parameter([4 * HIDDEN])];
  const [, ys] = scan(xs as Value, { h: h0 as Value, c: c0 as Value }, ({ h, c }, x) => {
    const gates = add(linear(x, wIh, b), linear(h, wHh));
    const gate = (k: number) => slice(gates, 1, k * HIDDEN, (k + 1) * HIDDEN);
    const cell = add(mul(sigmoid(gate(1)), c), mul(sigmoid(gate(0)), tanh(gate(2))));
    const next = mul(sigmoid(gate(3)), tanh(cell));
    return [{ h: next, c: cell }, next];
  });
  return { loss: sum(mul(ys, ys)), weights: [wIh, wHh, b], inputs: [xs, h0, c0] };
}

/** Matmuls outside loops, and in each loop's step. */
function matmulsOf({ loss, weights }: Step): { outside: number; loops: number[] } {
  const found = gradients(loss, weights).filter((gradient) => gradient !== undefined);
  const nodes = reachableNodes([loss, ...found]);
  const count = (list: readonly Node[]) => list.filter(({ op }) => op.name === "matmul").length;
  const loops = nodes.filter(({ op }) => op.name === "scan").map((node) => (node.attributes as { loop: Loop }).loop);
  return { outside: count(nodes), loops: loops.map((loop) => count(loop.nodes)) };
}

describe("a user's cell gets the structure of a hand-written one", () => {
  test("tanh RNN: one input matmul, one matmul for each weight's gradient, one per step and direction", () => {
    expect(matmulsOf(tanhRnn(16))).toEqual({ outside: 3, loops: [1, 1] });
  });

  test("LSTM of primitive operations: the same", () => {
    expect(matmulsOf(primitiveLstm(16))).toEqual({ outside: 3, loops: [1, 1] });
  });

  test.each(["software", "hardware"] as const)("dispatches per step stay what they are (%s)", (kind) => {
    const perStep = (make: (steps: number) => Step) => {
      const at = (steps: number) => {
        const { loss, weights, inputs } = make(steps);
        return planStep(loss, weights, inputs, kind).dispatches.length;
      };
      return Math.floor((at(80) - at(16)) / 64);
    };
    // forward: matmul, two sums, tanh; backward: the output's gradient, tanh, matmul
    expect(perStep(tanhRnn)).toBeLessThanOrEqual(7);
    expect(perStep(primitiveLstm)).toBeLessThanOrEqual(40);
  });

  test("what depends on nothing in the loop is computed once", () => {
    const [xs, h0, w] = [input([16, 2, 4]), input([2, 4]), parameter([4, 4])];
    const [, ys] = scan(xs as Value, h0 as Value, (h, x) => {
      const next = tanh(add(matmul(h, tanh(w)), x));
      return [next, sigmoid(next)];
    });
    const program = planStep(sum(ys), [], [xs, h0]);
    expect(dispatchesOf(program, "matmul")).toBe(16);
    // tanh of w once, tanh of each step, sigmoid of all steps together
    expect(dispatchesOf(program, "elementwise_unary")).toBe(1 + 16 + 1);
  });
});

describe("the fused LSTM", () => {
  const dispatches = (steps: number, kind: AdapterProfile["kind"], layers = 1): number => {
    const lstm = new nn.LSTM(INPUT, HIDDEN, { numLayers: layers });
    const head = new nn.Linear(HIDDEN, 7);
    const [xs, targets] = [input([BATCH, steps, INPUT]), input([BATCH, steps], "int32")];
    const loss = losses.crossEntropy(head.forward(lstm.forward(xs)[0]), targets);
    return planStep(loss, [...lstm.parameters(), ...head.parameters()], [xs, targets], kind).dispatches.length;
  };

  test.each(["software", "hardware"] as const)("takes two dispatches a step and a few dozen more (%s)", (kind) => {
    for (const steps of [1, 2, 16, 64]) expect(dispatches(steps, kind)).toBeLessThanOrEqual(2 * steps + 30);
    expect(dispatches(32, kind, 3)).toBeLessThanOrEqual(3 * (2 * 32 + 20));
  });
});
