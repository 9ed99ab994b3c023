// A layer of a cell that is described by its step, as CONTRIBUTING.md adds one, against loops in float64.
import type { CaseContext } from "../../../harness/case.ts";
import { add, full, linear, mul, nn, sigmoid, split, sub, tanh } from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertRejects } from "../support/assert.ts";
import { opCase } from "../support/check.ts";
import { type Args, oracle } from "../support/ops.ts";
import { pair } from "../support/pair.ts";
import { replaceParameters } from "../support/recurrent-layers.ts";

/** Minimal gated unit (Zhou et al. 2016). */
const mgu = (hidden: number): nn.RecurrentCell<"h"> => ({
  gates: 2,
  states: { h: hidden },
  step({ x, states: { h }, weight }) {
    const [[xf, xn], [wf, wn]] = [split(x, 2, 1), split(weight, 2)];
    const f = sigmoid(add(xf, linear(h, wf)));
    const n = tanh(add(xn, linear(mul(f, h), wn)));
    return { states: { h: add(h, mul(f, sub(n, h))) }, gates: { f, n } };
  },
});

const [BATCH, TIME, INPUT, HIDDEN] = [3, 4, 2, 5];

/** One direction of it, [time, batch, hidden]. */
function direction(x: NdArray, [ih, hh, bi, bh]: Args<NdArray>, reverse: boolean): NdArray {
  const o = oracle;
  const projected = o.linear(x, ih, o.add(bi, bh));
  const [wf, wn] = o.split(hh, 2) as [NdArray, NdArray];
  const h0 = o.zeros([BATCH, HIDDEN]);
  const [, outputs] = o.scan(
    [projected],
    [h0],
    ([h], [p]) => {
      const [xf, xn] = o.split(p, 2, 1) as [NdArray, NdArray];
      const f = o.sigmoid(o.add(xf, o.linear(h, wf)));
      const n = o.tanh(o.add(xn, o.linear(o.mul(f, h), wn)));
      const next = o.add(o.mul(o.sub(1, f), h), o.mul(f, n));
      return [[next], [next]];
    },
    { reverse },
  );
  return outputs[0] as NdArray;
}

const make = () => new nn.Recurrent(INPUT, HIDDEN, mgu, { bidirectional: true });

const ownCellCase = opCase("a layer of a cell of one's own", () => {
  const shapes = [...make().namedParameters()].map(([, { shape }]) => shape);
  return [
    {
      label: "minimal gated unit in both directions",
      inputs: [uniform([BATCH, TIME, INPUT], 1), ...shapes.map((shape, i) => uniform(shape, 5 + i, -0.5, 0.5))],
      f: pair(
        ([x, ...parameters]) => {
          const layer = make();
          replaceParameters(layer, parameters);
          return layer.forward(x)[0];
        },
        ([x, ...parameters]) => {
          const steps = oracle.permute(x, [1, 0, 2]);
          const both = [false, true].map((reverse, i) =>
            direction(steps, parameters.slice(4 * i, 4 * i + 4) as unknown as Args<NdArray>, reverse),
          );
          return oracle.permute(oracle.concat(both, 2), [1, 0, 2]);
        },
      ),
      tolerance: tolerance.recurrent(2 * TIME, HIDDEN),
      gradients: tolerance.recurrent(2 * TIME, 16 * HIDDEN),
      probes: 2,
    },
  ];
});

async function badCells(_: CaseContext): Promise<void> {
  const layerOf = (change: object) => new nn.Recurrent(2, 4, (hidden) => ({ ...mgu(hidden), ...change }) as never);
  await assertRejects("ArgumentError", ["Recurrent", "gates"], () => layerOf({ gates: 0 }));
  await assertRejects("ArgumentError", ["Recurrent", "states"], () => layerOf({ states: {} }));
  await assertRejects("ArgumentError", ["parameters"], () => layerOf({ parameters: { weight_hh: { shape: [2] } } }));
  await assertRejects("ArgumentError", ["gatez", "gates"], () => layerOf({ gatez: 2 }));
  const step = () => ({ states: { h: full([1, 4], 0) } });
  await assertRejects("ShapeError", ["Recurrent", "state h", "[3, 4]"], () =>
    layerOf({ step }).forward(full([3, 2, 2], 0)),
  );
  await assertRejects("ArgumentError", ["hiddenSize", "numLayers 3"], () => new nn.GRU(2, [4, 3], { numLayers: 3 }));
  await assertRejects("ArgumentError", ["activation", "bidirectional"], () => {
    return new nn.RNN(2, 4, { activation: ["tanh", "relu"] });
  });
  await assertRejects("ArgumentError", ["activation"], () => {
    return new nn.RNN(2, 4, { activation: { name: "elu", beta: 1 } });
  });
}

export const ownCellCases = [ownCellCase, { name: "cells and activations that are none", run: badCells }];
