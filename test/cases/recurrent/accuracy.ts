/** Errors of the fast recurrent kernels against float64, beside those of the naive ones. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, gradients, mul, rnn, sum, type Tensor, type Value } from "../../../src/index.ts";
import { gru } from "../../../src/ops/recurrent/gru.ts";
import { lstm } from "../../../src/ops/recurrent/lstm.ts";
import { filled, type NdArray, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/recurrent/gated.ts";
import { lstmWithGradients } from "../../reference/recurrent/lstm-gradients.ts";
import { assert } from "../support/assert.ts";
import {
  type AdapterKind,
  combinations,
  quadWays,
  recurrentWays,
  wholeRowWays,
  withProfile,
} from "../support/profile.ts";

const [LENGTH, BATCH, HIDDEN] = [24, 17, 64] as const;

interface Found<T> {
  readonly outputs: T;
  readonly projected: T;
  readonly weight: T;
}

interface Cell {
  readonly gates: number;
  ours(projected: Value, weight: Value, state: Value): Value;
  oracle(projected: NdArray, weight: NdArray, state: NdArray, dOutputs: NdArray): Found<NdArray>;
}

const back = (result: ReturnType<typeof reference.rnn>, dOutputs: NdArray, state: NdArray): Found<NdArray> => {
  const { projected, weight } = result.backward(dOutputs, filled(state.shape, 0));
  return { outputs: result.outputs, projected, weight };
};

const CELLS: Readonly<Record<string, Cell>> = {
  lstm: {
    gates: 4,
    ours: (projected, weight, state) => lstm(projected, weight, state, state).outputs,
    oracle: (projected, weight, state, g) => lstmWithGradients(projected, weight, state, state, g),
  },
  gru: {
    gates: 3,
    ours: (projected, weight, state) => gru(projected, weight, undefined, state).outputs,
    oracle: (projected, weight, state, g) => back(reference.gru(projected, weight, undefined, state), g, state),
  },
  "gru, reset before": {
    gates: 3,
    ours: (projected, weight, state) => gru(projected, weight, undefined, state, { resetAfter: false }).outputs,
    oracle: (projected, weight, state, g) =>
      back(reference.gru(projected, weight, undefined, state, { resetAfter: false }), g, state),
  },
  rnn: {
    gates: 1,
    ours: (projected, weight, state) => rnn(projected, weight, state).outputs,
    oracle: (projected, weight, state, g) => back(reference.rnn(projected, weight, state), g, state),
  },
};

async function accuracy({ device }: CaseContext, { gates, ours, oracle }: Cell): Promise<Record<string, number>> {
  const bound = 1 / Math.sqrt(HIDDEN);
  const data = {
    projected: uniform([LENGTH, BATCH, gates * HIDDEN], 1, -2, 2),
    weight: uniform([gates * HIDDEN, HIDDEN], 2, -bound, bound),
    state: uniform([BATCH, HIDDEN], 3),
    g: uniform([LENGTH, BATCH, HIDDEN], 4),
  };
  const want = oracle(data.projected, data.weight, data.state, data.g);
  const names = ["outputs", "projected", "weight"] as const;
  const entries = Object.entries(data);
  const inputs = Object.fromEntries(entries.map(([name, { shape }]) => [name, float32(shape)]));
  const values = Object.fromEntries(entries.map(([name, x]) => [name, Float32Array.from(x.data)]));

  const errorsBy = (way: string | undefined, kind: AdapterKind) =>
    withProfile(
      device,
      kind,
      async () => {
        using compiled = await compile(device, null, {
          inputs,
          fn: (given): Found<Value> => {
            const { projected, weight, state, g } = given as Record<keyof typeof data, Value>;
            const outputs = ours(projected, weight, state);
            const [dProjected, dWeight] = gradients(sum(mul(outputs, g)), [projected, weight]) as [Value, Value];
            return { outputs, projected: dProjected, weight: dWeight };
          },
        });
        const found = (await compiled.run(values)) as unknown as Found<Tensor>;
        const errors = names.map(async (name) => {
          const got = (await found[name].read()) as Float32Array;
          return Math.sqrt(got.reduce((total, x, i) => total + (x - (want[name].data[i] as number)) ** 2, 0));
        });
        return Promise.all(errors);
      },
      way,
    );

  const naive = await errorsBy("naive", "software");
  const worst: Record<string, number> = {};
  for (const [kind, way] of combinations([...recurrentWays, ...quadWays, ...wholeRowWays])) {
    const errors = await errorsBy(way, kind);
    for (const [i, name] of names.entries()) {
      const ratio = (errors[i] as number) / (naive[i] as number);
      const most = name === "outputs" ? 2 : 3;
      const what = name === "outputs" ? name : `gradient of ${name}`;
      assert(
        ratio <= most,
        `[${kind} kernels, ${way}] ${what}: error ${ratio} times the naive kernels', at most ${most}`,
      );
      worst[name] = Math.max(worst[name] ?? 0, Number(ratio.toFixed(2)));
    }
  }
  return worst;
}

export const recurrentAccuracyCases = Object.entries(CELLS).map(
  ([name, cell]): Case => ({ name: `errors of ${name}`, run: (context) => accuracy(context, cell) }),
);
