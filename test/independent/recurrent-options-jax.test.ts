// Options of recurrent layers beside cells in JAX (test/fixtures/recurrent-options.py): full peepholes, norms' epsilon and carried
// state, sizes of layers, activations of each direction with their parameters.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile, float32, gradients, nn, type Parameter, square, sum } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { plus, tolerance } from "../support/tolerance.ts";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Row {
  readonly kind: "LSTM" | "GRU" | "RNN";
  readonly hiddenSize: number | readonly number[];
  readonly options: nn.LSTMOptions & nn.GRUOptions & nn.RNNOptions;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly x: Tensor;
  readonly y: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
const rows: readonly Row[] = JSON.parse(
  readFileSync(new URL("../fixtures/recurrent-options.json", import.meta.url), "utf8"),
);

function layerOf({ kind, hiddenSize, options, parameters, x }: Row) {
  const layer = new nn[kind](x.shape[2] as number, hiddenSize as number, options);
  expect(new Set(new Map(layer.namedParameters()).keys())).toEqual(new Set(Object.keys(parameters)));
  const given = new Map(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
  layer.loadStateDict(device, given);
  return layer;
}

test("options of recurrent layers are theirs, forward and backward", async () => {
  const layers = rows.map(layerOf);
  using compiled = await compile(device, layers, {
    inputs: { xs: rows.map(({ x }) => float32(x.shape)) },
    training: true,
    fn: ({ xs }) =>
      rows.map((row, i) => {
        const layer = layers[i] as nn.LSTM;
        const [y] = layer.forward(xs[i] as (typeof xs)[number]);
        const own = new Map(layer.namedParameters());
        const sources = Object.keys(row.gradients).map((name) => own.get(name) as Parameter);
        return { y, gradients: gradients(sum(square(y)), sources).map((gradient) => gradient ?? y) };
      }),
  });
  const found = await compiled.run({ xs: rows.map(({ x }) => Float32Array.from(x.data)) });
  const close = plus(tolerance.recurrent(5, 16), tolerance.reduction(64));
  for (const [i, row] of rows.entries()) {
    const own = found[i] as NonNullable<(typeof found)[number]>;
    const label = `${row.kind} ${JSON.stringify(row.options)}`;
    assertClose(label, await own.y.read(), row.y, close);
    for (const [k, [name, gradient]] of Object.entries(row.gradients).entries()) {
      assertClose(`${label}: gradient of ${name}`, (await own.gradients[k]?.read()) ?? [], gradient, close);
    }
  }
});
