// Names and shapes of parameters, as PyTorch 2's documentation of torch.nn.RNN, LSTM and GRU and of their cells gives them.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, full, nn } from "../../../src/index.ts";
import type { CellKind } from "../../reference/recurrent/layers.ts";
import { assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { layerOf, parametersFor } from "../support/recurrent-layers.ts";

const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;
const KINDS = Object.keys(GATES) as CellKind[];
const [INPUT, HIDDEN] = [3, 4];

type Shapes = Record<string, readonly number[]>;

/**
 * "weight_ih_l[k] – the learnable input-hidden weights of the k-th layer, of shape (gates*hidden_size, input_size) for
 * k = 0. Otherwise, the shape is (gates*hidden_size, num_directions * hidden_size)"; with proj_size > 0,
 * "(4*hidden_size, num_directions * proj_size) for k > 0". "weight_hh_l[k] … (gates*hidden_size, hidden_size) … or
 * (4*hidden_size, proj_size)"; "bias_ih_l[k], bias_hh_l[k] … (gates*hidden_size)"; "weight_hr_l[k] – the learnable
 * projection weights of the k-th layer of shape (proj_size, hidden_size)"; "…_reverse Analogous … for the reverse direction".
 */
function torchShapes(kind: CellKind, options: nn.LSTMOptions): Shapes {
  const rows = GATES[kind] * HIDDEN;
  const { numLayers = 1, bidirectional = false, bias = true, projectionSize } = options;
  const out = projectionSize ?? HIDDEN;
  const shapes: Shapes = {};
  for (let layer = 0; layer < numLayers; layer++) {
    for (const ending of bidirectional ? ["", "_reverse"] : [""]) {
      const suffix = `_l${layer}${ending}`;
      shapes[`weight_ih${suffix}`] = [rows, layer === 0 ? INPUT : (bidirectional ? 2 : 1) * out];
      shapes[`weight_hh${suffix}`] = [rows, out];
      if (bias) Object.assign(shapes, { [`bias_ih${suffix}`]: [rows], [`bias_hh${suffix}`]: [rows] });
      if (projectionSize) shapes[`weight_hr${suffix}`] = [projectionSize, HIDDEN];
    }
  }
  return shapes;
}

/** Every option that PyTorch has, and those that add nothing to what it has. */
const torchOptions: readonly nn.LSTMOptions[] = [1, 2, 3].flatMap((numLayers) =>
  [false, true].flatMap((bidirectional) => [true, false].map((bias) => ({ numLayers, bidirectional, bias }))),
);

/** What PyTorch has not, beside its names. */
const furtherOptions: readonly (readonly [nn.LSTMOptions & nn.GRUOptions, (kind: CellKind) => Shapes])[] = [
  [{ reverse: true }, () => ({})],
  [{ checkpointEvery: 2, zoneout: 0.1, recurrentDropout: 0.1, inputDropout: 0.1, resetAfter: false }, () => ({})],
  [
    { trainableState: true },
    (kind): Shapes => (kind === "LSTM" ? { h_0: [1, 1, HIDDEN], c_0: [1, 1, HIDDEN] } : { h_0: [1, 1, HIDDEN] }),
  ],
  [{ peephole: true }, (kind): Shapes => (kind === "LSTM" ? { weight_peephole_l0: [3 * HIDDEN] } : {})],
  [
    { layerNorm: true },
    (kind): Shapes =>
      kind === "LSTM"
        ? {
            norm_ih_weight_l0: [4 * HIDDEN],
            norm_hh_weight_l0: [4 * HIDDEN],
            norm_c_weight_l0: [HIDDEN],
            norm_c_bias_l0: [HIDDEN],
          }
        : {},
  ],
];

const shapesOf = (module: nn.Module): Shapes =>
  Object.fromEntries([...module.namedParameters()].map(([name, { shape }]) => [name, shape]));
const sorted = (shapes: Shapes) => Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1));

async function names(): Promise<void> {
  for (const kind of KINDS) {
    const check = (options: nn.LSTMOptions & nn.GRUOptions, further: Shapes) => {
      const got = shapesOf(layerOf(kind, INPUT, HIDDEN, options));
      assertEqual(
        `${kind} ${JSON.stringify(options)}`,
        sorted(got),
        sorted({ ...torchShapes(kind, options), ...further }),
      );
    };
    for (const options of torchOptions) check(options, {});
    for (const [options, further] of furtherOptions) check(options, further(kind));
  }
  for (const options of torchOptions) {
    const got = shapesOf(new nn.LSTM(INPUT, HIDDEN, { ...options, projectionSize: 2 }));
    assertEqual("LSTM projected", sorted(got), sorted(torchShapes("LSTM", { ...options, projectionSize: 2 })));
  }
  // PyTorch's order, which an optimizer's state depends on
  const both = { numLayers: 2, bidirectional: true };
  assertEqual("order", Object.keys(shapesOf(new nn.GRU(3, 4, both))), Object.keys(torchShapes("GRU", both)));
  for (const [kind, cell] of [
    ["RNN", new nn.RNNCell(INPUT, HIDDEN)],
    ["GRU", new nn.GRUCell(INPUT, HIDDEN)],
    ["LSTM", new nn.LSTMCell(INPUT, HIDDEN)],
  ] as const) {
    const rows = GATES[kind] * HIDDEN;
    const wanted = { weight_ih: [rows, INPUT], weight_hh: [rows, HIDDEN], bias_ih: [rows], bias_hh: [rows] };
    assertEqual(`${kind}Cell`, shapesOf(cell), wanted);
  }
}

/** What was loaded is what is saved, before and after the parameters are on the GPU. */
async function roundTrip({ device }: CaseContext): Promise<void> {
  for (const kind of KINDS) {
    const options = { numLayers: 2, bidirectional: true, projectionSize: 2, peephole: true, trainableState: true };
    const [layer, other] = [layerOf(kind, INPUT, HIDDEN, options), layerOf(kind, INPUT, HIDDEN, options)];
    const given = new Map(
      [...parametersFor(layer)].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
    );
    layer.loadStateDict(device, given);
    const place = async (module: typeof layer) => {
      using compiled = await compile(device, module, { inputs: {}, fn: () => full([1], 0) });
      return compiled.stats.dispatches;
    };
    await place(layer);
    await place(other);
    other.loadStateDict(device, await layer.stateDict(device));
    const found = await other.stateDict(device);
    assertEqual(kind, [...found.keys()], [...given.keys()]);
    for (const [name, { data }] of given) assertSame(`${kind} ${name}`, found.get(name)?.data ?? [], data);

    const bad = new Map(given);
    bad.delete("bias_hh_l1_reverse");
    await assertRejects("DataError", ["bias_hh_l1_reverse", "missing"], () => layer.loadStateDict(device, bad));
    bad.set("bias_hh_l1_reverse", { shape: [1], data: new Float32Array(1) });
    await assertRejects("ShapeError", ["bias_hh_l1_reverse", "[1]"], () => layer.loadStateDict(device, bad));
    const more = new Map([...given, ["weight_hr_l7", { shape: [1], data: new Float32Array(1) }]] as const);
    await assertRejects("DataError", ["weight_hr_l7"], () => layer.loadStateDict(device, more));
    const [[name, { shape, data }]] = [...given] as [[string, { shape: readonly number[]; data: Float32Array }]];
    const integers = new Map<string, { shape: readonly number[]; data: Float32Array | Int32Array }>(given);
    integers.set(name, { shape, data: Int32Array.from(data) });
    await assertRejects("DtypeError", [name, "integers"], () => layer.loadStateDict(device, integers));
    for (const module of [layer, other]) module.dispose(device);
  }
}

export const recurrentNameCases: readonly Case[] = [
  { name: "recurrent layers: PyTorch's names and shapes", run: names },
  { name: "recurrent layers: state dicts there and back", run: roundTrip },
];
