// How many dispatches a training step takes with every option of every recurrent layer, and with cells that users write.
import { describe, expect, test } from "vitest";
import { zoo } from "../../examples/cells/zoo/index.ts";
import type { InputValue } from "../../src/graph/leaves.ts";
import { traceIn } from "../../src/graph/mode.ts";
import type { Parameter } from "../../src/graph/parameter.ts";
import type { Value } from "../../src/graph/value.ts";
import {
  add,
  div,
  exp,
  linear,
  losses,
  maximum,
  mul,
  neg,
  nn,
  scan,
  sigmoid,
  softmax,
  softplus,
  split,
  sub,
  sum,
  tanh,
  zeros,
} from "../../src/index.ts";
import { gruCellKinds } from "../../src/nn/recurrent/gru-cell.ts";
import { lstmCellKinds } from "../../src/nn/recurrent/lstm-cell.ts";
import { recurrentKinds } from "../../src/nn/recurrent/options.ts";
import { rnnCellKinds } from "../../src/nn/recurrent/rnn-cell.ts";
import { dispatchesOf, input, parameter, planStep } from "../plan/support.ts";

/** T, B, H. */
const [STEPS, ROWS, UNITS] = [32, 32, 64];
const KINDS = ["software", "hardware"] as const;
type Kind = (typeof KINDS)[number];

/** On GPUs a workgroup runs all steps of so few units; how many dispatches a step takes shows where it does not. */
const WAY: Readonly<Partial<Record<Kind, string>>> = { hardware: "steps" };

interface Run {
  readonly model: nn.Module;
  /** [batch, time, units] → [batch, time, units or less] */
  forward(xs: Value, lengths?: Value): Value;
}

/** Dispatches of a training step of one layer and direction less 2T for each level of a step. */
function besidesSteps({ model, forward }: Run, levels: number, kind: Kind, lengths?: InputValue) {
  const xs = input([ROWS, STEPS, UNITS]);
  const [loss, given] = traceIn(true, () => {
    const y = forward(xs, lengths);
    const targets = input(y.shape);
    return [losses.meanSquaredError(y, targets), [xs, targets, ...(lengths ? [lengths] : [])]] as const;
  });
  return planStep(loss, model.parameters(), given, kind, WAY[kind]).dispatches.length - 2 * levels * STEPS;
}

/** By how many dispatches a step takes in each direction: products in sequence, and one more where sums over rows follow. */
const options = {
  LSTM: [
    [1, { forgetBias: 1, bias: false }],
    [1, { singleBias: true, initializers: {} }],
    [1, { recurrentDropout: 0.2, inputDropout: 0.1 }],
    [1, { peephole: true }],
    [2, { peephole: "full" }],
    [1, { zoneout: { h: 0.1, c: 0.2 } }],
    [1, { cellClip: 3, gateClip: 5 }],
    [1, { coupleForget: true, trainableState: true }],
    [1, { gateActivation: "hard_sigmoid", activation: "relu", hardSigmoidSlope: 0.2 }],
    [1, { activation: (x: Value) => mul(tanh(mul(x, 0.7)), 1.7), outputActivation: "softsign" }],
    [1, { reverse: true, zoneout: 0.1 }],
    [2, { projectionSize: 16 }],
    [2, { layerNorm: true }],
    [2, { layerNorm: { epsilon: 0.01, carry: true } }],
  ],
  GRU: [
    [1, { recurrentDropout: 0.2, bias: false }],
    [1, { zoneout: 0.1, initializers: {}, trainableState: true }],
    [2, { resetAfter: false, singleBias: true, zoneout: 0.1 }],
    [1, { gateActivation: "hard_sigmoid", activation: "softsign", hardSigmoidSlope: 0.2, gateClip: 2 }],
    [1, { reverse: true, inputDropout: 0.1, gateClip: 1 }],
  ],
  RNN: [
    [1, { recurrentDropout: 0.2, bias: false }],
    [1, { zoneout: 0.1, singleBias: true, initializers: {}, trainableState: true }],
    [1, { activation: "leaky_relu", negativeSlope: 0.2, gateClip: 2 }],
    [1, { activation: "hard_sigmoid", hardSigmoidSlope: 0.2, inputDropout: 0.1, reverse: true }],
  ],
} as const satisfies Record<
  string,
  readonly (readonly [levels: number, options: nn.LSTMOptions & nn.GRUOptions & nn.RNNOptions])[]
>;

const kinds = { LSTM: lstmCellKinds, GRU: gruCellKinds, RNN: rnnCellKinds };
/** More than one layer and direction, or segments that are computed twice. */
const severalLoops = ["numLayers", "dropout", "bidirectional", "merge", "checkpointEvery"];

describe.each(Object.keys(options) as (keyof typeof options)[])("options of %s", (name) => {
  test("all of them are counted", () => {
    const counted = new Set(options[name].flatMap(([, given]) => Object.keys(given)));
    const all = Object.keys({ ...recurrentKinds, ...kinds[name] }).filter((option) => !severalLoops.includes(option));
    expect([...counted].sort()).toEqual(all.sort());
  });

  test.each(KINDS)("no step takes more than its levels (%s)", (kind) => {
    for (const [levels, given] of options[name]) {
      const layer = new nn[name](UNITS, UNITS, given as object);
      const run = {
        model: layer,
        forward: (xs: Value, lengths?: Value) => layer.forward(xs, undefined, lengths ? { lengths } : {})[0] as Value,
      };
      expect(besidesSteps(run, levels, kind), `${levels}: ${Object.keys(given)}`).toBeLessThanOrEqual(40);
      // what lies past a row's end is taken out of inputs, outputs and their gradients
      const lengths = besidesSteps(run, levels, kind, input([ROWS], "int32"));
      expect(lengths, `${levels}, lengths: ${Object.keys(given)}`).toBeLessThanOrEqual(48);
    }
  });
});

/** Of a cell by itself, [time, batch, units] → [time, batch, units], and the sum of its squared outputs. */
function besidesStepsOf(forward: (xs: Value) => Value, weights: readonly Value[], levels: number, kind: Kind): number {
  const xs = input([STEPS, ROWS, UNITS]);
  const ys = forward(xs);
  return planStep(sum(mul(ys, ys)), weights, [xs], kind, WAY[kind]).dispatches.length - 2 * levels * STEPS;
}

type Step = (before: Value[], x: Value, h: Value) => Value[];

/** A user's cell of so many gates and states; its step is given both products. */
function cellOf(gates: number, states: number, step: Step, kind: Kind, levels = 1): number {
  const weights = [parameter([gates * UNITS, UNITS]), parameter([gates * UNITS, UNITS]), parameter([gates * UNITS])];
  const [wx, wh, bias] = weights as [Parameter, Parameter, Parameter];
  const forward = (xs: Value) => {
    const initial = Array.from({ length: states }, () => zeros([ROWS, UNITS]));
    return scan(xs, initial, (before: Value[], x: Value) => {
      const next = step(before, linear(x, wx, bias), linear(before[0] as Value, wh));
      return [next, next[0] as Value];
    })[1];
  };
  return besidesStepsOf(forward, weights, levels, kind);
}

const gatesOf = (...gates: Value[]) => split(add(...(gates as [Value, Value])), 4, 1) as [Value, Value, Value, Value];
const threeOf = (x: Value) => split(x, 3, 1) as [Value, Value, Value];

/** Exponential gates with a stabiliser (Beck et al. 2024). */
const exponential: Step = ([, c, n, m], x, h) => {
  const [xi, xf, xz, xo] = gatesOf(x, h);
  const kept = sub(m as Value, softplus(neg(xf)));
  const next = maximum(kept, xi);
  const [write, keep] = [exp(sub(xi, next)), exp(sub(kept, next))];
  const cell = add(mul(keep, c as Value), mul(write, tanh(xz)));
  const norm = add(mul(keep, n as Value), write);
  return [div(mul(sigmoid(xo), cell), norm), cell, norm, next];
};

const users: Readonly<Record<string, (kind: Kind) => number>> = {
  LSTM: (kind) =>
    cellOf(
      4,
      2,
      ([, c], x, h) => {
        const [i, f, g, o] = gatesOf(x, h);
        const next = add(mul(sigmoid(f), c as Value), mul(sigmoid(i), tanh(g)));
        return [mul(sigmoid(o), tanh(next)), next];
      },
      kind,
    ),
  GRU: (kind) =>
    cellOf(
      3,
      1,
      ([before], x, h) => {
        const [[xr, xz, xn], [hr, hz, hn]] = [threeOf(x), threeOf(h)];
        const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
        return [add(n, mul(sigmoid(add(xz, hz)), sub(before as Value, n)))];
      },
      kind,
    ),
  RNN: (kind) => cellOf(1, 1, (_, x, h) => [tanh(add(x, h))], kind),
  // sums over the row: a dispatch more
  "RNN with softmax": (kind) => cellOf(1, 1, (_, x, h) => [softmax(add(x, h))], kind, 2),
  sLSTM: (kind) => cellOf(4, 4, exponential, kind),
};

/** Dispatches of a step of the zoo's cells in each direction. */
const levelsOf: Readonly<Record<keyof typeof zoo, number>> = {
  cifg: 1,
  mgu: 2,
  ugrnn: 1,
  indRnn: 1,
  sru: 1,
  qrnn: 1,
  mLstm: 2,
  clockwork: 1,
  layerNormGru: 2,
  sLstm: 1,
  coRnn: 1,
  lem: 2,
};

function zooCell(name: keyof typeof zoo, kind: Kind): number {
  const model = new zoo[name](UNITS, UNITS, STEPS);
  return besidesStepsOf((xs) => model.forward(xs)[0] as Value, model.parameters(), levelsOf[name], kind);
}

describe.each(KINDS)("cells by scan (%s)", (kind) => {
  test.each(Object.entries(users))("%s: no more dispatches a step than its levels", (_, besides) => {
    expect(besides(kind)).toBeLessThanOrEqual(40);
  });

  test.each(Object.keys(zoo) as (keyof typeof zoo)[])("%s of the zoo: no more than its levels", (name) => {
    // some cut their gates before the loop, once
    expect(zooCell(name, kind)).toBeLessThanOrEqual(50);
  });
});

describe("on GPUs a workgroup runs all steps of a loop whose weights it holds", () => {
  const loops = (batch: number, layer: nn.LSTM | nn.GRU | nn.RNN, prefix = "loop_") => {
    const xs = input([batch, STEPS, layer.inputSize]);
    const loss = traceIn({ training: true, adapter: "hardware" }, () => sum(layer.forward(xs)[0]));
    return dispatchesOf(planStep(loss, layer.parameters(), [xs], "hardware"), prefix);
  };

  test("in both directions, up to 8,192 states", () => {
    for (const given of [{ peephole: true }, { activation: "hard_tanh" }, { recurrentDropout: 0.5 }] as const) {
      expect(loops(32, new nn.LSTM(64, 64, given)), JSON.stringify(given)).toBe(2);
      expect(loops(1, new nn.LSTM(3, 3, given)), JSON.stringify(given)).toBe(2);
    }
    expect(loops(129, new nn.LSTM(64, 64, { peephole: true }))).toBeGreaterThanOrEqual(2 * STEPS);
  });

  test("not with more parts of weights than threads, nor in steps of several dispatches", () => {
    expect(loops(4, new nn.LSTM(65, 65, { peephole: true }))).toBeGreaterThanOrEqual(2 * STEPS);
    expect(loops(4, new nn.LSTM(64, 64, { layerNorm: true }))).toBeGreaterThanOrEqual(4 * STEPS);
  });

  test("not where a row without products has more units than a workgroup threads", () => {
    const scaled = (units: number) => {
      const [xs, h0] = [input([STEPS, 1, units]), input([1, units])];
      const [, ys] = scan(xs as Value, h0 as Value, (h: Value, x: Value) => {
        const next = mul(tanh(h), x);
        return [next, next];
      });
      return dispatchesOf(planStep(sum(ys), [], [xs, h0], "hardware"), "loop_");
    };
    expect(scaled(256)).toBe(1);
    expect(scaled(257)).toBe(STEPS);
  });

  test("each direction by itself while that is so, else both in one loop", () => {
    const both = { bidirectional: true };
    const peephole = () => new nn.LSTM(64, 64, { ...both, peephole: true });
    expect(loops(32, peephole())).toBe(4);
    expect(loops(32, new nn.GRU(64, 64, { ...both, zoneout: 0.1 }))).toBe(4);
    expect(loops(32, new nn.RNN(128, 128, both), "rnn_sequence_tiles")).toBe(4);
    for (const [batch, layer] of [
      [256, peephole()],
      [128, new nn.RNN(128, 128, both)],
    ] as const) {
      const found = loops(batch, layer);
      expect(found).toBeGreaterThanOrEqual(2 * STEPS);
      expect(found).toBeLessThanOrEqual(2 * STEPS + 2);
    }
  });

  test("stacked layers likewise", () => {
    const stacked = () => new nn.RNN(128, 128, { numLayers: 4 });
    expect(loops(32, stacked(), "rnn_sequence_tiles")).toBe(8);
    expect(loops(128, stacked())).toBeLessThanOrEqual(2 * (STEPS + 4));
  });
});
