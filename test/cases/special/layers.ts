/** A NaN in one step of one sequence, through whole layers: outputs, loss and all gradients tell, other sequences do not. */
import type { Case } from "../../../harness/case.ts";
import { compile, type Device, float32, gradients, int32, mean, nn, square, type Value } from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { assert } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const OPTIONS = { numLayers: 2, bidirectional: true };
/** So many steps, rows and units that units are filled up to a multiple of four. */
const [BATCH, TIME, INPUT, HIDDEN] = [4, 8, 3, 23];
const LENGTHS = [8, 5, 3, 8];
/** The row and the step with the NaN; the sequence ends two steps behind it. */
const [ROW, STEP] = [1, 2];

class Layers extends nn.Module {
  readonly list = [
    new nn.LSTM(INPUT, HIDDEN, OPTIONS),
    new nn.GRU(INPUT, HIDDEN, OPTIONS),
    new nn.GRU(INPUT, HIDDEN, { ...OPTIONS, resetAfter: false }),
    ...(["tanh", "relu"] as const).map((activation) => new nn.RNN(INPUT, HIDDEN, { ...OPTIONS, activation })),
    // kernels that are made of the cell, on numbers and on vectors
    new nn.LSTM(INPUT, HIDDEN, { ...OPTIONS, peephole: true, cellClip: 3 }),
    new nn.LSTM(INPUT, 24, { ...OPTIONS, coupleForget: true, outputActivation: "softsign" }),
    new nn.GRU(INPUT, 24, { ...OPTIONS, gateClip: 5, activation: "hard_tanh" }),
    new nn.LSTM(INPUT, 24, { layerNorm: true }),
    new nn.MinGRU(INPUT, HIDDEN, { numLayers: 2 }),
    new nn.MinLSTM(INPUT, HIDDEN, { numLayers: 2 }),
  ];
}

function trace(layer: Layers["list"][number], x: Value, lengths: Value) {
  const [outputs] = layer.forward(x, undefined, { lengths });
  const loss = mean(square(outputs));
  const parameters = [...layer.namedParameters()].map(([, parameter]) => parameter);
  return { outputs, loss, gradients: gradients(loss, parameters) as Value[] };
}

export const layerCase: Case = {
  name: "special numbers: one step of one sequence",
  async run({ device }) {
    for (const kind of adapterKinds) await withProfile(device, kind, () => tryAll(device, kind));
  },
};

async function tryAll(device: Device, kind: string): Promise<void> {
  const model = new Layers();
  using compiled = await compile(device, model, {
    seed: 1,
    inputs: { x: float32([BATCH, TIME, INPUT]), lengths: int32([BATCH]) },
    fn: ({ x, lengths }) => model.list.map((layer) => trace(layer, x, lengths)),
  });
  compiled.replay.poison();
  const x = Float32Array.from(uniform([BATCH, TIME, INPUT], 2).data);
  x[(ROW * TIME + STEP) * INPUT + 1] = Number.NaN;
  const results = await compiled.run({ x, lengths: LENGTHS });
  for (const [i, { outputs, loss, gradients: found }] of results.entries()) {
    const label = `[${kind} kernels] ${model.list[i]?.kind} ${i}`;
    const values = await outputs.read();
    const size = values.length / BATCH;
    values.forEach((value, k) => {
      const [row, step] = [Math.floor(k / size), Math.floor((k % size) / (size / TIME))];
      if (row === ROW && step === STEP) assert(Number.isNaN(value), `${label}: the step's output is ${value}`);
      if (row !== ROW) assert(Number.isFinite(value), `${label}: row ${row}, step ${step}: output is ${value}`);
    });
    assert(Number.isNaN((await loss.read())[0] as number), `${label}: the loss is a number`);
    for (const [k, gradient] of found.entries()) {
      assert([...(await gradient.read())].some(Number.isNaN), `${label}: gradient ${k} is finite`);
    }
  }
}
