// What takes one loop on GPUs where there are more units than a workgroup runs all steps of: both directions, and stacked layers.
import type { Case } from "../../../harness/case.ts";
import { compile, float32, nn } from "../../../src/index.ts";
import { opCase } from "../support/check.ts";
import { withProfile } from "../support/profile.ts";
import { layerCheck } from "../support/recurrent-layers.ts";

const HIDDEN = 68;
const common = { hidden: HIDDEN, time: 3 };

const oracleCase = opCase("LSTM options: many units", () => [
  ...[true, false].map((lengths) =>
    layerCheck({ kind: "LSTM", ...common, options: { bidirectional: true }, lengths, state: lengths }),
  ),
  layerCheck({ kind: "LSTM", ...common, options: { numLayers: 3 }, lengths: true, state: true }),
  layerCheck({ kind: "GRU", ...common, options: { numLayers: 2, trainableState: true } }),
  layerCheck({ kind: "RNN", ...common, options: { numLayers: 4, reverse: true }, lengths: true }),
]);

/** Layers that hand on what they are given show what the dropout between them leaves. */
const dropoutCase: Case = {
  name: "dropout between layers along the diagonal",
  async run({ device }) {
    const [batch, time, rate] = [5, 7, 0.25];
    const identity = () => Float32Array.from({ length: HIDDEN ** 2 }, (_, i) => (i % (HIDDEN + 1) === 0 ? 1 : 0));
    const layer = new nn.RNN(HIDDEN, HIDDEN, {
      ...{ numLayers: 2, activation: "identity", bias: false, dropout: rate },
      initializers: {
        input: () => ({ kind: "host", make: identity }),
        recurrent: () => ({ kind: "constant", value: 0 }),
      },
    });
    await withProfile(device, "hardware", async () => {
      using compiled = await compile(device, layer, {
        inputs: { x: float32([batch, time, HIDDEN]) },
        training: true,
        fn: ({ x }) => layer.forward(x)[0],
      });
      const y = await (await compiled.run({ x: new Float32Array(batch * time * HIDDEN).fill(3) })).read();
      const kept = y.filter((value) => Math.abs(value - 3 / (1 - rate)) < 1e-5).length;
      const dropped = y.filter((value) => value === 0).length;
      if (kept + dropped !== y.length) throw new Error("expected each number to be dropped, or to be scaled");
      // 2,380 draws: five deviations
      const share = dropped / y.length;
      if (Math.abs(share - rate) > 0.045) throw new Error(`${share} were dropped, expected ${rate}`);
    });
  },
};

export const oneLoopCases = [oracleCase, dropoutCase];
