// Bad input to the recurrent layers: refused while tracing, or where numbers are uploaded, with a remedy.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, full, int32, nn, type Value } from "../../../src/index.ts";
import type { CellKind } from "../../reference/recurrent/layers.ts";
import { assertRejects } from "../support/assert.ts";
import { layerOf, runLayer } from "../support/recurrent-layers.ts";

const KINDS = ["RNN", "GRU", "LSTM"] as const;

async function badInput({ device }: CaseContext): Promise<void> {
  const x = full([2, 5, 3], 0);
  const traced = (kind: CellKind) => layerOf(kind, 3, 4, { numLayers: 2 });
  for (const kind of KINDS) {
    const layer = traced(kind);
    const run = (value: Value, state?: unknown, options: object = {}) =>
      (layer as nn.RNN).forward(value, state as Value, options);
    await assertRejects("ShapeError", [kind, "[2, 3]", "[batch, time, 3]"], () => run(full([2, 3], 0)));
    await assertRejects("ShapeError", [kind, "[2, 5, 4]", "[batch, time, 3]"], () => run(full([2, 5, 4], 0)));
    const state = full([2, 3, 4], 0);
    const wrongBatch = kind === "LSTM" ? { h: state, c: state } : state;
    await assertRejects("ShapeError", [kind, "state h", "[2, 3, 4]", "[2, 2, 4]"], () => run(x, wrongBatch));
    const right = full([2, 2, 4], 0);
    const ofAnother = kind === "LSTM" ? right : { h: right, c: right };
    await assertRejects("ShapeError", [kind, "state", "of the same kind"], () => run(x, ofAnother));
    const one = { lengths: full([2], 1) };
    await assertRejects("DtypeError", [kind, "lengths", "float32", "int32"], () => run(x, undefined, one));
    const reset = { reset: full([3], 1) };
    await assertRejects("ShapeError", [kind, "reset", "[3]", "[2]"], () =>
      run(x, kind === "LSTM" ? { h: right, c: right } : right, reset),
    );
    await assertRejects("ArgumentError", [kind, "zoneout is 1"], () => layerOf(kind, 3, 4, { zoneout: 1 }));
    await assertRejects("ArgumentError", [kind, "recurrentDropout"], () =>
      layerOf(kind, 3, 4, { recurrentDropout: -0.1 }),
    );
    await assertRejects("ArgumentError", [kind, "checkpointEvery"], () => layerOf(kind, 3, 4, { checkpointEvery: 0 }));
    await assertRejects("ShapeError", [kind, "hiddenSize"], () => layerOf(kind, 3, 1.5));
    for (const [options, message] of [
      [{ dropout: 0.5 }, "use inputDropout"],
      [{ num_layers: 2 }, "use numLayers"],
      [{ merge: "foo", bidirectional: true }, '"foo"'],
      [{ singleBias: true, bias: false, resetAfter: false }, "expected one of the two"],
      [{ zoneout: { hidden: 0.1 } }, "no option zoneout.hidden"],
    ] as const) {
      await assertRejects("ArgumentError", [kind, message], () => layerOf(kind, 3, 4, options));
    }
    const both = { reverse: true, bidirectional: true };
    await assertRejects("UnsupportedError", [kind, "reverse"], () => layerOf(kind, 3, 4, both));

    const wrongLengths = compile(device, layer, {
      inputs: { x: float32([2, 5, 3]), lengths: int32([3]) },
      fn: ({ x, lengths }) => (layer as nn.RNN).forward(x, undefined, { lengths })[0],
    });
    await assertRejects("ShapeError", [kind, "lengths", "[3]", "[2]"], () => wrongLengths);
    for (const options of [
      {},
      { checkpointEvery: 2 },
      { bidirectional: true },
      { activation: "sigmoid", zoneout: 0.1 },
    ]) {
      const own = layerOf(kind, 3, 4, options);
      using compiled = await compile(device, own, {
        inputs: { x: float32([2, 5, 3]), lengths: int32([2]) },
        fn: ({ x, lengths }) => runLayer(own, x, undefined, { lengths }).outputs,
      });
      for (const bad of [6, -1]) {
        const lengths = Int32Array.of(3, bad);
        await assertRejects("DataError", ["length", `${bad}`, "0", "5"], () =>
          compiled.run({ x: new Float32Array(30), lengths }),
        );
      }
      await compiled.run({ x: new Float32Array(30), lengths: Int32Array.of(0, 5) });
      own.dispose(device);
    }

    const dict = new Map(
      [...layer.namedParameters()].map(([name, { shape }]) => [
        name,
        { shape, data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)) },
      ]),
    );
    const weight = dict.get("weight_ih_l1") as { data: Float32Array };
    weight.data[4 + 2] = Number.NaN;
    await assertRejects("DataError", ["weight_ih_l1", "NaN", "[1, 2]"], () => layer.loadStateDict(device, dict));
    layer.dispose(device);
  }
  const LSTM = (options: nn.LSTMOptions) => () => new nn.LSTM(3, 4, options);
  await assertRejects("UnsupportedError", ["projectionSize", "4"], LSTM({ projectionSize: 4 }));
  await assertRejects("ArgumentError", ["projectionSize", "0"], LSTM({ projectionSize: 0 }));
  const gru = (options: object) => () => new nn.GRU(3, 4, options);
  await assertRejects("ArgumentError", ["swish", '"tanh", "relu"'], gru({ activation: "swish" }));
  await assertRejects("UnsupportedError", ["singleBias", "resetAfter: false"], gru({ singleBias: true }));
  await assertRejects("ArgumentError", ["RNNCell", "swish"], () => new nn.RNNCell(3, 4, "swish" as never));
  await assertRejects("ShapeError", ["LSTMCell", "state c"], () =>
    new nn.LSTMCell(3, 4).forward(full([2, 3], 0), { h: full([2, 4], 0), c: full([2, 3], 0) }),
  );
}

export const recurrentErrorCases: readonly Case[] = [{ name: "recurrent layers: bad input", run: badInput }];
