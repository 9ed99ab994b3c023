// How many dispatches a loop takes: counted in plans, for both kinds of adapter.
import { describe, expect, test } from "vitest";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { traceIn } from "../../src/graph/mode.ts";
import { reachableNodes } from "../../src/graph/order.ts";
import type { Node, Value } from "../../src/graph/value.ts";
import {
  add,
  linear,
  losses,
  matmul,
  mul,
  nn,
  scan,
  select,
  sigmoid,
  slice,
  sum,
  tanh,
  toFloat16,
} from "../../src/index.ts";
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

  test.each(["software", "hardware"] as const)("a step is one dispatch in each direction (%s)", (kind) => {
    for (const make of [tanhRnn, primitiveLstm]) {
      const at = (steps: number) => {
        const { loss, weights, inputs } = make(steps);
        return planStep(loss, weights, inputs, kind).dispatches.length;
      };
      // small ones run all steps in one; sums over all steps may take a dispatch more
      expect(at(80) - at(16)).toBeLessThanOrEqual(2 * 64 + 2);
    }
  });

  test("what depends on nothing in the loop is computed once", () => {
    const [xs, h0, w] = [input([16, 2, 4]), input([2, 4]), parameter([4, 4])];
    const [, ys] = scan(xs as Value, h0 as Value, (h, x) => {
      const next = tanh(add(matmul(h, tanh(w)), x));
      return [next, sigmoid(next)];
    });
    const program = planStep(sum(ys), [], [xs, h0], "hardware");
    // a workgroup runs all steps
    expect(dispatchesOf(program, "loop_")).toBe(1);
    expect(dispatchesOf(program, "matmul")).toBe(0);
    // tanh of w once, sigmoid of all steps together
    expect(dispatchesOf(program, "elementwise_unary")).toBe(1 + 1);
  });
});

test("a kernel of a loop stretches what it reads by itself, and nobody else does", () => {
  const [xs, mask, h0] = [input([16, 3, 4]), input([16, 3, 1]), input([3, 4])];
  const [last] = scan([xs, mask] as Value[], h0 as Value, (h, [x, m]) => [
    select(m as Value, tanh(add(h, x as Value)), 0),
    h,
  ]);
  const program = planStep(sum(last), [], [xs, mask, h0], "hardware");
  expect(dispatchesOf(program, "loop_")).toBe(1);
  // what the loop starts from
  expect(dispatchesOf(program, "copy_")).toBe(1);
});

test.each(["software", "hardware"] as const)("weights of 16 bits are read as they are (%s)", (kind) => {
  const [xs, h0, w] = [input([16, 3, 8]), input([3, 8]), parameter([8, 8])];
  const [last] = scan(xs as Value, h0 as Value, (h, x) => [tanh(add(linear(h, toFloat16(w)), x)), h]);
  const program = planStep(sum(last), [w], [xs, h0], kind);
  expect(dispatchesOf(program, "loop_")).toBeGreaterThan(0);
  expect(dispatchesOf(program, "to_float32")).toBe(0);
});

test("describe says why a loop runs operation by operation", () => {
  const [xs, h0] = [input([4, 4, 4]), input([4, 4])];
  const [last] = scan(xs as Value, h0 as Value, (h, x) => [matmul(h, x, { transposeB: true }), h]);
  expect(planStep(sum(last), [], [xs, h0]).notes).toEqual([
    "scan of 4 steps runs operation by operation: a product's second operand changes from step to step",
  ]);
});

/** T, B, H of layers whose steps are counted. */
const [STEPS, ROWS, UNITS] = [32, 32, 64];

interface Both {
  readonly bidirectional?: boolean;
}

/** Layers by the dispatches that a step of theirs takes in each direction. */
const layers: Readonly<Record<string, readonly [levels: number, make: (more?: Both) => nn.LSTM | nn.GRU | nn.RNN]>> = {
  "LSTM with recurrent dropout": [1, (more) => new nn.LSTM(UNITS, UNITS, { ...more, recurrentDropout: 0.2 })],
  "LSTM with peepholes": [1, (more) => new nn.LSTM(UNITS, UNITS, { ...more, peephole: true })],
  "LSTM with zoneout": [1, (more) => new nn.LSTM(UNITS, UNITS, { ...more, zoneout: { h: 0.1, c: 0.2 } })],
  "LSTM with bounds": [1, (more) => new nn.LSTM(UNITS, UNITS, { ...more, cellClip: 3, gateClip: 5 })],
  "LSTM with coupled gates": [1, (more) => new nn.LSTM(UNITS, UNITS, { ...more, coupleForget: true })],
  "LSTM with other functions": [
    1,
    (more) => new nn.LSTM(UNITS, UNITS, { ...more, gateActivation: "hard_sigmoid", activation: "relu" }),
  ],
  "LSTM with functions of one's own": [
    1,
    (more) =>
      new nn.LSTM(UNITS, UNITS, {
        ...more,
        activation: (x) => mul(tanh(mul(x, 0.7)), 1.7),
        outputActivation: "softsign",
      }),
  ],
  "LSTM with layer norm": [2, (more) => new nn.LSTM(UNITS, UNITS, { ...more, layerNorm: true })],
  "LSTM with a projection": [2, (more) => new nn.LSTM(UNITS, UNITS, { ...more, projectionSize: 16 })],
  "GRU with recurrent dropout": [1, (more) => new nn.GRU(UNITS, UNITS, { ...more, recurrentDropout: 0.2 })],
  "GRU with zoneout": [1, (more) => new nn.GRU(UNITS, UNITS, { ...more, zoneout: 0.1 })],
  "GRU, reset before, with zoneout": [
    2,
    (more) => new nn.GRU(UNITS, UNITS, { ...more, resetAfter: false, zoneout: 0.1 }),
  ],
  "RNN with recurrent dropout": [1, (more) => new nn.RNN(UNITS, UNITS, { ...more, recurrentDropout: 0.2 })],
  "RNN with zoneout": [1, (more) => new nn.RNN(UNITS, UNITS, { ...more, zoneout: 0.1 })],
};

describe("both directions of a layer take one loop on GPUs", () => {
  const both = { bidirectional: true };
  const plain: typeof layers = {
    "LSTM of many units": [1, (more) => new nn.LSTM(UNITS, 2 * UNITS, more)],
    "GRU of many units": [1, (more) => new nn.GRU(UNITS, 2 * UNITS, more)],
    "GRU, reset before, of many units": [2, (more) => new nn.GRU(UNITS, 2 * UNITS, { ...more, resetAfter: false })],
    "RNN of many units": [1, (more) => new nn.RNN(UNITS, 2 * UNITS, more)],
  };
  test.each(Object.entries({ ...layers, ...plain }))("%s", (_, [levels, make]) => {
    const [xs, lengths] = [input([ROWS, STEPS, UNITS]), input([ROWS], "int32")];
    const layer = make(both);
    for (const [given, masks] of [
      [{}, 0],
      [{ lengths }, 16],
    ] as const) {
      const loss = traceIn({ training: true, adapter: "hardware" }, () => {
        const [y] = layer.forward(xs as Value, undefined, given);
        return sum(mul(y, y));
      });
      const program = planStep(
        loss,
        layer.parameters(),
        [xs, lengths].slice(0, 1 + Object.keys(given).length),
        "hardware",
      );
      expect(program.notes).toEqual([]);
      expect(program.dispatches.length).toBeLessThanOrEqual(2 * levels * STEPS + 80 + masks);
    }
  });

  /** Dispatches of a training step of stacked layers. */
  const stacked = (layer: nn.LSTM | nn.GRU | nn.RNN): number => {
    const xs = input([ROWS, STEPS, layer.inputSize]);
    const loss = traceIn({ training: true, adapter: "hardware" }, () => {
      const [y] = layer.forward(xs as Value);
      return sum(mul(y, y));
    });
    const program = planStep(loss, layer.parameters(), [xs], "hardware");
    expect(program.notes).toEqual([]);
    return program.dispatches.length;
  };

  test("layers run along the diagonal", () => {
    const [two, four] = [{ numLayers: 2 }, { numLayers: 4 }];
    const once = 2 * (STEPS + 3);
    expect(stacked(new nn.LSTM(UNITS, 2 * UNITS, two))).toBeLessThanOrEqual(once + 60);
    expect(stacked(new nn.LSTM(UNITS, 2 * UNITS, { ...two, dropout: 0.3 }))).toBeLessThanOrEqual(once + 70);
    expect(stacked(new nn.RNN(UNITS, 2 * UNITS, four))).toBeLessThanOrEqual(once + 110);
    // two loops: not every layer's sums fit into one
    expect(stacked(new nn.LSTM(UNITS, 2 * UNITS, four))).toBeLessThanOrEqual(2 * (once + 60));
    // weights that are better read once
    expect(stacked(new nn.LSTM(UNITS, 8 * UNITS, two))).toBeGreaterThan(4 * STEPS);
  });

  test("but not where a workgroup runs all steps of one", () => {
    const layer = new nn.LSTM(UNITS, UNITS, both);
    const xs = input([ROWS, STEPS, UNITS]);
    const loss = traceIn({ training: true, adapter: "hardware" }, () => sum(layer.forward(xs)[0]));
    expect(planStep(loss, layer.parameters(), [xs], "hardware").dispatches.length).toBeLessThanOrEqual(80);
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
