// nn.LSTM against ONNX Runtime's LSTM: outputs of all steps and final states of all layers.
import { describe, expect, test } from "vitest";
import { compile, float32, nn } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";
import { type LstmSizes, runOnnxLstm } from "./onnx-lstm.ts";
import { numbers, setParameters, swapped } from "./support.ts";

const batches = [1, 3, 17];
const hiddens = [1, 5, 33, 64, 130];
const times = [1, 2, 19];
const layerCounts = [1, 2];

describe.for(layerCounts)("%i layers", (layers) => {
  describe.for(hiddens)("hidden %i", (hidden) => {
    test.for(batches.flatMap((batch) => times.map((time) => ({ batch, time }))))(
      "batch $batch, time $time",
      async ({ batch, time }) => {
        const sizes: LstmSizes = { batch, time, inputSize: 7, hidden, layers };
        const model = new nn.LSTM(sizes.inputSize, hidden, { numLayers: layers });
        const dict = setParameters(device, model, 1, 1 / Math.sqrt(hidden));
        const x = numbers(100, batch * time * sizes.inputSize);
        const timeMajor = swapped(x, batch, time, sizes.inputSize);
        const states = [numbers(101, layers * batch * hidden), numbers(102, layers * batch * hidden)] as const;
        const zeros = new Float32Array(layers * batch * hidden);
        const spec = float32([batch, time, sizes.inputSize]);

        using stateless = await compile(device, model, {
          inputs: { x: spec },
          fn: (values) => {
            const [outputs, state] = model.forward(values.x);
            return { outputs, ...state };
          },
        });
        using stateful = await compile(device, model, {
          inputs: { x: spec, state: model.stateSpec(batch) },
          fn: (values) => {
            const [outputs, state] = model.forward(values.x, values.state);
            return { outputs, ...state };
          },
        });
        const bounds = tolerance.recurrent(time * layers, hidden);
        for (const [what, run, [h0, c0]] of [
          ["without a state", () => stateless.run({ x }), [zeros, zeros]],
          ["from a state", () => stateful.run({ x, state: { h: states[0], c: states[1] } }), states],
        ] as const) {
          const want = await runOnnxLstm(sizes, dict, timeMajor, h0, c0);
          const got = await run();
          const outputs = swapped(await got.outputs.read(), batch, time, hidden);
          assertClose(`${what}: outputs`, outputs, want.outputs, bounds);
          assertClose(`${what}: h`, await got.h.read(), want.h, bounds);
          assertClose(`${what}: c`, await got.c.read(), want.c, bounds);
          // an oracle that gives zeros would prove nothing
          expect(want.outputs.some((value) => Math.abs(value) > 1e-3)).toBe(true);
        }
        model.dispose(device);
      },
    );
  });
});
