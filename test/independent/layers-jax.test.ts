// Convolution, pooling, normalisation over the batch and operations of rows beside JAX's (test/fixtures/layers.py).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { traceIn } from "../../src/graph/mode.ts";
import { compile, cumsum, float32, gradients, int32, nn, pool, square, sum, topk, type Value } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { plus, tolerance } from "../support/tolerance.ts";

interface Row {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly shape: readonly number[];
  readonly output: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}
interface Fixture {
  readonly convolutions: readonly (Row & { readonly options: nn.Conv1dOptions })[];
  readonly lengths: readonly number[];
  readonly others: Readonly<Record<string, Row>>;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/layers.json", import.meta.url), "utf8"));

type F = (x: readonly [Value, Value, Value], lengths: Value) => Value;
const others: Readonly<Record<string, F>> = {
  norm: ([x, weight, bias], lengths) =>
    traceIn(true, () => Object.assign(new nn.BatchNorm(4), { weight, bias }).forward(x, { lengths })),
  last: ([x], lengths) => pool(x, lengths, "last"),
  mean: ([x], lengths) => pool(x, lengths, "mean"),
  max: ([x], lengths) => pool(x, lengths, "max"),
  attention: ([x, scores], lengths) => pool(x, lengths, "attention", scores),
  cumsum: ([x]) => cumsum(x, 1),
  "cumsum from the end": ([x]) => cumsum(x, 2, { exclusive: true, reverse: true }),
  topk: ([x]) => topk(x, 2).values,
};

const rows: readonly (readonly [label: string, row: Row, f: F])[] = [
  ...fixture.convolutions.map((row): readonly [string, Row, F] => [
    `Conv1d ${JSON.stringify(row.options)}`,
    row,
    ([x, weight, bias]) => {
      const [output = 0, , window = 0] = weight.shape;
      return Object.assign(new nn.Conv1d(4, output, window, row.options), { weight, bias }).forward(x);
    },
  ]),
  ...Object.entries(others).map(([name, f]) => [name, fixture.others[name] as Row, f] as const),
];

test("layers and operations are theirs, forward and backward", async () => {
  expect(Object.keys(fixture.others).sort()).toEqual(Object.keys(others).sort());
  using compiled = await compile(device, null, {
    inputs: { rows: rows.map(([, { inputs }]) => inputs.map(({ shape }) => float32(shape))), lengths: int32([3]) },
    fn: ({ rows: given, lengths }) =>
      rows.map(([, , f], i) => {
        const x = given[i] as unknown as readonly [Value, Value, Value];
        const y = f(x, lengths);
        return { y, gradients: gradients(sum(square(y)), [...x]).map((g, k) => g ?? (x[k] as Value)) };
      }),
  });
  const found = await compiled.run({
    rows: rows.map(([, { inputs }]) => inputs.map(({ data }) => Float32Array.from(data))),
    lengths: Int32Array.from(fixture.lengths),
  });
  for (const [i, [label, row]] of rows.entries()) {
    const own = found[i] as NonNullable<(typeof found)[number]>;
    expect([label, own.y.shape]).toEqual([label, row.shape]);
    const close = plus(tolerance.reduction(64), tolerance.special);
    assertClose(label, await own.y.read(), row.output, close);
    for (const [k, gradient] of row.gradients.entries()) {
      assertClose(`${label}: gradient ${k}`, (await own.gradients[k]?.read()) ?? [], gradient, close);
    }
  }
});
